import { armOperation } from '../../arm/operation.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Operation } from '../../operation.ts';
import {
  assetKinds,
  containerType,
  datastores,
  datastoreSecrets,
  putDatastore,
  putVersion,
  versionType,
  workspaceType,
} from './assets.ts';
import {
  changeIdleTime,
  changeInstance,
  computes,
  computeType,
  removeCompute,
} from './computes.ts';
import { jobType } from './job.ts';
import { cancelJob, listJobs, putJob, readJob, removeJob } from './jobs.ts';
import { workspaceServices } from './workspace-services.ts';

const workspace = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${workspaceType}/{workspace}`;
const compute = `${workspace}/computes/{name}`;
const job = `${workspace}/jobs/{name}`;
const datastore = `${workspace}/datastores/{name}`;

const assetOperations: readonly Operation[] = assetKinds.flatMap((kind) => {
  const versions = versionType(kind);
  return [
    ...resourceOperations([containerType(kind), versions]),
    armOperation({
      route: `PUT ${workspace}/${kind.name}/{name}/versions/{version}`,
      needs: `${versions.type}/write`,
      answer: (call, world) => putVersion(kind, versions, call, world),
    }),
  ];
});

const computeOperations: readonly Operation[] = [
  ...resourceOperations([computes]),
  armOperation({
    route: `DELETE ${compute}`,
    needs: `${computeType}/delete`,
    answer: removeCompute,
  }),
  ...(['start', 'stop', 'restart'] as const).map((verb) =>
    armOperation({
      route: `POST ${compute}/${verb}`,
      needs: `${computeType}/${verb}/action`,
      answer: (call, world) => changeInstance(verb === 'stop' ? 'Stopped' : 'Running', call, world),
    }),
  ),
  armOperation({
    route: `POST ${compute}/updateIdleShutdownSetting`,
    needs: `${computeType}/updateIdleShutdownSetting/action`,
    answer: changeIdleTime,
  }),
];

const jobOperations: readonly Operation[] = [
  armOperation({
    route: `PUT ${job}`,
    needs: `${jobType}/write`,
    simplified:
      'Command jobs: really run where their runtime is prepared, else played from a recording; without one they fail and say so',
    answer: putJob,
  }),
  armOperation({ route: `GET ${job}`, needs: `${jobType}/read`, answer: readJob }),
  armOperation({ route: `GET ${workspace}/jobs`, needs: `${jobType}/read`, answer: listJobs }),
  armOperation({ route: `DELETE ${job}`, needs: `${jobType}/delete`, answer: removeJob }),
  armOperation({
    route: `POST ${job}/cancel`,
    needs: `${jobType}/cancel/action`,
    answer: cancelJob,
  }),
];

const datastoreOperations: readonly Operation[] = [
  ...resourceOperations([datastores]),
  armOperation({
    route: `PUT ${datastore}`,
    needs: `${datastores.type}/write`,
    answer: putDatastore,
  }),
  armOperation({
    route: `POST ${datastore}/listSecrets`,
    needs: `${datastores.type}/listsecrets/action`,
    answer: datastoreSecrets,
  }),
];

/** What lies in a machine learning workspace: computes, assets, datastores, jobs, and its own services. */
export const operations: readonly Operation[] = [
  ...computeOperations,
  ...assetOperations,
  ...datastoreOperations,
  ...jobOperations,
  ...workspaceServices,
];
