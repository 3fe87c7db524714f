import type { Operation } from '../../operation.ts';
import { artifactApi } from './artifact-api.ts';
import { artifactService } from './artifact-service.ts';
import { artifactBlobs } from './artifact-store.ts';
import { comments } from './comments.ts';
import { idTokens } from './id-token.ts';
import { issues } from './issues.ts';
import { releases } from './releases.ts';
import { roots } from './roots.ts';
import { runs } from './runs.ts';

/** GitHub: id-tokens and artifacts of a job, and the REST API as far as a job uses it. */
export const operations: readonly Operation[] = [
  ...idTokens,
  ...issues,
  ...comments,
  ...runs,
  ...releases,
  ...artifactService,
  ...artifactApi,
  artifactBlobs,
  ...roots,
];
