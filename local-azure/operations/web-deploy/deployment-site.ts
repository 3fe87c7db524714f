import { allowed } from '../../arm/access.ts';
import { verifyToken } from '../../entrance/access-token.ts';
import type { Answer, Operation } from '../../operation.ts';
import { isClosed } from './access-restrictions.ts';
import { forbidden, siteAt } from './front-end.ts';

const audience = 'https://management.azure.com';

/** Without a token, or with a wrong one; basic authentication is taken to be off. */
function unauthorized(): Answer {
  const headers = { 'www-authenticate': 'Basic realm="site"', 'content-type': 'text/html' };
  return { status: 401, headers, body: '401 - Unauthorized' };
}

/**
 * The site of an app's deployment tools (Kudu), as far as a proof of the closed network needs it:
 * refused by the network first, then by token and right, and otherwise answered with nothing in it.
 */
export const deploymentSite: Operation = {
  host: '*.scm.azurewebsites.net',
  route: 'ANY /{rest...}',
  simplified: 'who is refused, and why; an authorised request gets an empty list',
  hostExists: (host, world) => siteAt(world, host) !== undefined,
  answer: async (call, world) => {
    const site = siteAt(world, call.host);
    if (site === undefined) return { status: 404 };
    if (isClosed(site, 'scm', call)) return forbidden(call);
    const caller = await verifyToken(world, call.headers['authorization'], audience);
    if ('reason' in caller) return unauthorized();
    // learn.microsoft.com, "Deploy to Azure App Service", permissions of the deployment site.
    const may = allowed(world, caller, 'Microsoft.Web/sites/publish/Action', site.id);
    return may ? { status: 200, body: [] } : { status: 403, body: { Message: 'Forbidden' } };
  },
};
