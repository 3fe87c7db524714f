/** Every output of the action, by name; `action.yml` and the README's table are generated from this list. */
export const actionOutputs = {
  changes: 'true where the plan would change something (plan).',
  adds: 'Number of resources the plan would create (plan).',
  updates: 'Number of resources the plan would change in place (plan).',
  replaces: 'Number of resources the plan would replace (plan).',
  deletes: 'Number of resources the plan would delete (plan).',
  'plan-fingerprint': 'Digest of what was planned, to hand to deploy (plan).',
  'plan-file':
    'Path of a Markdown file with the whole plan, where the step summary has no room for it (plan).',
  'drift-state': 'clean, drifted or pending (drift); a failed check fails the step.',
  'resource-group': 'Resource group of the environment (deploy).',
  'workspace-name': 'Machine learning workspace (deploy).',
  'compute-cluster-name': 'Compute cluster (deploy).',
  'inference-app-name': 'Web app that serves the model (deploy).',
  'inference-app-host': 'Private host name of the web app (deploy).',
  'key-vault-name': 'Key vault; the inference key is its secret inference-api-key (deploy).',
  'job-name': 'Name of the training job (train).',
  'model-name': 'Name of the registered model (train).',
  'model-version': 'Version of the registered model (train).',
  'mean-dice': 'Mean Dice of the test set, such as 0.467572 (train); empty where it is not known.',
  'studio-link': 'Address of the run in the studio, which opens from inside the network (train).',
  evidence: 'Path of the JSON file with the evidence (verify, smoke).',
} as const satisfies Record<string, string>;

export type OutputName = keyof typeof actionOutputs;
