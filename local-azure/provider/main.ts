import { servePlugin } from './plugin/handshake.ts';
import { ProviderService } from './service.ts';

servePlugin(new ProviderService(process.env).handlers(), process.env);
