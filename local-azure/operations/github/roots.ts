import type { Answer, Operation } from '../../operation.ts';
import { publicAccessNotPermitted } from '../blob/errors.ts';
import { artifactBlobs } from './artifact-store.ts';
import { RESULTS_HOST } from './artifact-service.ts';
import { ID_TOKEN_HOST } from './id-token.ts';
import { API_HOST, notFound, ok } from './respond.ts';

/** What a host of GitHub's answers to somebody who only looks whether there is a way to it. */
function root(host: string, answer: () => Answer): Operation {
  return { host, route: 'GET /', simplified: 'the status from memory; the body is short', answer };
}

/** The first pages of the hosts that a runner talks to. */
export const roots: readonly Operation[] = [
  root(API_HOST, () => ok({ current_user_url: `https://${API_HOST}/user` })),
  root(ID_TOKEN_HOST, notFound),
  root(RESULTS_HOST, notFound),
  root(artifactBlobs.host, publicAccessNotPermitted),
];
