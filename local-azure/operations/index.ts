import type { Operation } from '../operation.ts';
import { operations as authorization } from './authorization/index.ts';
import { operations as blob } from './blob/index.ts';
import { operations as containerRegistry } from './container-registry/index.ts';
import { operations as deployments } from './deployments/index.ts';
import { operations as entra } from './entra/index.ts';
import { operations as github } from './github/index.ts';
import { operations as identity } from './identity/index.ts';
import { operations as instanceMetadata } from './instance-metadata/index.ts';
import { operations as keyVault } from './key-vault/index.ts';
import { operations as keyVaultSecrets } from './key-vault-secrets/index.ts';
import { operations as machineLearning } from './machine-learning/index.ts';
import { operations as machineLearningWorkspace } from './machine-learning-workspace/index.ts';
import { operations as monitor } from './monitor/index.ts';
import { operations as network } from './network/index.ts';
import { operations as publicHosts } from './public-hosts/index.ts';
import { operations as registryImport } from './registry-import/index.ts';
import { operations as resources } from './resources/index.ts';
import { operations as runCommand } from './run-command/index.ts';
import { operations as storageAccount } from './storage-account/index.ts';
import { operations as virtualMachine } from './virtual-machine/index.ts';
import { operations as webDeploy } from './web-deploy/index.ts';
import { operations as webSite } from './web-site/index.ts';

/** Every operation of every service: the `operations` of each folder beside this file. */
export const operations: readonly Operation[] = [
  ...authorization,
  ...blob,
  ...containerRegistry,
  ...deployments,
  ...entra,
  ...github,
  ...identity,
  ...instanceMetadata,
  ...keyVault,
  ...keyVaultSecrets,
  ...machineLearning,
  ...machineLearningWorkspace,
  ...monitor,
  ...network,
  ...publicHosts,
  ...registryImport,
  ...resources,
  ...runCommand,
  ...storageAccount,
  ...virtualMachine,
  ...webDeploy,
  ...webSite,
];
