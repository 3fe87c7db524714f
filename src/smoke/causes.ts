/** Why a rung failed, as far as one can tell, and what to do about it. */
export interface Cause {
  readonly name: CauseName;
  readonly what: string;
  readonly next: string;
}

const restart = 'run deploy with the stage webapp';

/** Every cause that is told apart, with its own text and its own next step. */
const causes = {
  'wrong-key': [
    'wrong key: the app compares with another value than Key Vault holds now',
    'the key was changed since the app looked it up: restart the app, and if it stays so, see which secret its connection string API_AUTH_SECRET names',
  ],
  'key-unresolved': [
    "the key is not resolved: App Service could not follow the app's reference to the secret inference-api-key",
    `look at the role of the app's identity on that secret and at its way to the vault, then ${restart}`,
  ],
  'header-dropped': [
    'the header of the key is dropped in front of the app: with hyphens in its name it arrives',
    "gunicorn from version 22 on drops names with underscores unless it is started with --header-map dangerous: correct the app's start-up command, or deploy the package that this action makes",
  ],
  'key-lost': [
    'the key does not arrive at the app under either spelling of its header, or the app has an empty key',
    'look at the connection string API_AUTH_SECRET of the app in the portal',
  ],
  'no-package': [
    "App Service's own page instead of the app: no package has been deployed",
    'run deploy with the stage webapp; it makes the package and delivers it',
  ],
  'app-stopped': [
    'a page of App Service instead of the app: the app is stopped',
    'find out who stopped it, and start it in the portal',
  ],
  'refused-by-platform': [
    'a page of App Service instead of the app: it refuses this caller, so the request came from outside the network',
    'run verify: the name of the app must lead to its private endpoint',
  ],
  'not-started': [
    'a page of App Service instead of the app: the app has not started',
    'it signs in while it starts, so a missing setting, role or way out stops it: its log stream in the portal names which',
  ],
  'workspace-endpoint': [
    'the data plane of the workspace is blocked: the workspace has no approved private endpoint',
    'run deploy with the stage network, which makes it again',
  ],
  'data-plane': [
    'the data plane of the workspace is blocked for the app, although the workspace has its private endpoint',
    "look at the zone privatelink.api.azureml.ms, at the app's connection to the network, and at the role of its identity on the workspace; verify tries the names",
  ],
  'model-missing': [
    'the workspace has no such model version',
    'run train, or name a version that is registered in the input model-version',
  ],
  'model-untagged': [
    'the model has no tag python_environment_name, so the service knows no environment to run it in',
    'train again: InnerEye tags what it registers; a model that was registered by hand needs the tag',
  ],
  'environment-missing': [
    "the environment that the model's tag names does not exist in version 1",
    'run train again: it makes the environment of its image, and a model that names it',
  ],
  'cluster-gone': [
    'the cluster is gone: the workspace has no compute of the name that the app was given',
    'run deploy with the stage compute',
  ],
  'cluster-broken': [
    'the cluster is there but broken: Machine Learning says that it failed',
    'look at its errors in the studio, delete it, and run deploy with the stage compute',
  ],
  'datastore-missing': [
    'the datastore of the images is missing',
    'run deploy with the stages compute and webapp: the datastore inferencetestimagestore comes with them',
  ],
  'datastore-keyless': [
    'the datastore of the images carries no account key, and the service can use nothing else',
    'delete the datastore inferencetestimagestore and run deploy again, which makes it with the key',
  ],
  'run-failed': [
    'the run on the cluster failed, and not over the zip',
    "read the run's log in the studio: code, model and image of the environment meet there, .NET for DICOM-RT included",
  ],
  'run-cancelled': [
    'the run on the cluster was cancelled',
    'ask who cancelled it, and run smoke again',
  ],
  'no-node': [
    'the run found no node before the deadline',
    'look at the cluster in the studio: at its size, at the quota, and at nodes that do not start',
  ],
  'too-slow': [
    'the run had begun but not ended before the deadline',
    'look at the run in the studio; a first pull of a large image takes long, so run smoke again',
  ],
  'other-result': [
    'what came back is not the structure set of this model for this series',
    'look whether the model is the one that was meant, and what its scoring script writes',
  ],
  'answer-lost': [
    'no answer came in time, and the request may have been carried out all the same: a run may have begun',
    'look for a run of these minutes in the studio before smoke runs again',
  ],
  'app-failed': ['the app has failed', 'its log stream in the portal names the cause'],
  'open-door': [
    'the app lets callers in that it must refuse',
    'take it offline and look at what was deployed',
  ],
  'other-version': [
    'the right status with other words: the app is not the version this contract was written for',
    'compare the inputs inference-commit and inference-package with what runs',
  ],
  'other-app': [
    'the app answers otherwise than InnerEye-Inference does',
    'look at what was deployed; without the input inference-package, deploy makes the right package',
  ],
  'probe-identity': [
    'the probe machine has no identity to fetch the key with',
    'run deploy with the stage network: it gives the machine its identity',
  ],
  'no-key': ['there is no key yet', 'run deploy with the stage webapp: it makes the key'],
  'key-unreadable': [
    'the key cannot be read from where it is asked for',
    'who fetches it (the probe machine; with vantage direct, the identity of this run) needs the role Key Vault Secrets User on the secret inference-api-key, which takes some minutes to work, and a vault that answers inside the network: run verify',
  ],
  unreachable: [
    'the app cannot be reached from inside',
    'its private endpoint, the zone privatelink.azurewebsites.net, or the app itself is down: run verify',
  ],
} as const satisfies Record<string, readonly [what: string, next: string]>;

export type CauseName = keyof typeof causes;

export const causeNames = Object.keys(causes) as readonly CauseName[];

/** The cause of this name; `seen` is what was seen in this case, put behind it. */
export function causeOf(name: CauseName, seen?: string): Cause {
  const [what, next] = causes[name];
  return { name, what: seen === undefined ? what : `${what} (${seen})`, next };
}
