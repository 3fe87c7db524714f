import { pollResult, pollStatus } from '../../arm/long-running.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Operation } from '../../operation.ts';

const PLACE = '/subscriptions/{subscription}/providers/{namespace}/locations/{location}';

/** The polls of every service's long-running operations. Whoever was given the address may ask. */
export const pollOperations: readonly Operation[] = [
  armOperation({ route: `GET ${PLACE}/operations/{operation}`, answer: pollStatus }),
  armOperation({ route: `GET ${PLACE}/operationResults/{operation}`, answer: pollResult }),
  armOperation({
    route: 'GET /subscriptions/{subscription}/operationresults/{operation}',
    answer: pollResult,
  }),
];
