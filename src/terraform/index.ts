import { join } from 'node:path';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Secret } from '../secret.ts';
import { underLock } from '../state/lock/index.ts';
import type { State } from '../state/index.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { harmlessPart } from '../toolbox/environment.ts';
import { importBlocks } from './adoption/import-blocks.ts';
import type { Import } from './adoption/index.ts';
import type { TerraformSetting } from './cli.ts';
import { requiredVersion, silent, terraform, terraformText } from './cli.ts';
import { findOrInstallTerraform } from './install/index.ts';
import { keptLockName, lockFile, prepareLock } from './lock.ts';
import type { KeptLock } from './lock.ts';
import type { Outputs } from './outputs.ts';
import { decodeOutputs } from './outputs.ts';
import { checkVariables, writeVariables } from './variables.ts';

/** What a plan run may leave out or turn round. */
export interface PlanOptions {
  readonly destroy?: boolean;
  readonly refreshOnly?: boolean;
  /** Whether the state is locked meanwhile; reading runs do not need it. */
  readonly lock?: boolean;
  /** Leaves the single changes out of the log, where an apply will show them at once. */
  readonly quiet?: boolean;
}

/** A plan that was written to a file. */
export interface PlanFile {
  readonly path: string;
  readonly changed: boolean;
  /** `terraform show -json` of it. */
  readonly json: string;
}

/** Terraform with this environment's configuration, in a folder of its own. */
export interface Terraform {
  plan(what: string, options?: PlanOptions): Promise<PlanFile>;
  apply(what: string, plan: PlanFile): Promise<void>;
  /** Lets the next plan take over what exists already; replaces what an earlier call asked for. */
  adopt(imports: readonly Import[]): Promise<void>;
  /** Takes back that a resource is damaged, so that the next plan keeps it. */
  untaint(address: string): Promise<void>;
  /** Takes into the state what other resources of the same run changed, so that the next plan has no noise. */
  settle(): Promise<void>;
  outputs(): Promise<Outputs>;
  /** What the plan was made from, as text: the configuration by file, and the provider lock. */
  material(): Promise<Material>;
}

/** See `Terraform.material`. */
export interface Material {
  readonly configuration: Readonly<Record<string, string>>;
  readonly providerLock: string;
}

/** A verified Terraform, and variables that were checked, before anything of Azure is touched. */
export interface Readiness {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Finds or installs Terraform and checks the variables. */
export async function readyTerraform(settings: Settings, tools: Toolbox): Promise<Readiness> {
  const versions = await tools.files.read(tools.files.shipped('terraform/versions.tf'));
  const required = requiredVersion(versions ?? '');
  const { path, version, source } = await findOrInstallTerraform(settings, required, tools);
  tools.log.info(`Terraform ${version} (${source}: ${path})`);
  const environment = {
    ...harmlessPart(tools.env),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
  };
  await checkVariables(path, environment, settings, tools);
  return { program: path, environment };
}

/** What only some runs have; see `openTerraform`. */
export interface OpenOptions {
  readonly keepsLock?: boolean;
  readonly jumpboxPassword?: Secret;
}

/**
 * Puts the configuration into a scratch folder and initialises it with the stored state; without
 * one (nothing was ever deployed) with an empty local state. Only a run that may write the state's
 * account `keepsLock`: it puts the provider hashes trusted on first use there. Only a run that may
 * create the jumpbox has a `jumpboxPassword`; it travels by the environment of Terraform alone.
 */
export async function openTerraform(
  ready: Readiness,
  settings: Settings,
  session: Session,
  state: State | undefined,
  tools: Toolbox,
  { keepsLock = false, jumpboxPassword }: OpenOptions = {},
): Promise<Terraform> {
  const folder = await tools.files.scratch('terraform');
  await tools.files.copyTree(tools.files.shipped('terraform'), folder);
  const variables = await writeVariables(folder, settings, tools);
  const setting: TerraformSetting = {
    program: ready.program,
    folder,
    environment: {
      ...ready.environment,
      ...session.childEnvironment,
      ...(jumpboxPassword && { TF_VAR_jumpbox_password: jumpboxPassword.reveal() }),
    },
  };
  const lock = await prepareLock(folder, storeOf(settings, state), tools);
  const locking: Locking = (work) =>
    state === undefined ? work(() => undefined) : underLock(state, settings, tools, work);
  const initialised = (): Promise<void> => initialise(setting, state, lock.arguments, tools);
  // Where there is no state yet, `init` makes one, under its lock.
  await ((await state?.lock.isEmpty()) ? locking(initialised) : initialised());
  if (keepsLock) await lock.keep();
  return commandsOf(setting, variables, locking, tools);
}

/** Does what takes the state's lock; waits for it, and tells whose it is (see `underLock`). */
type Locking = <T>(work: (holding: (at: number) => void) => Promise<T>) => Promise<T>;

/** The provider lock beside the state. */
function storeOf(settings: Settings, state: State | undefined): KeptLock {
  const name = keptLockName(settings.environment);
  return {
    load: async () => (await state?.blobs.read(name))?.toString(),
    save: async (text) => state?.blobs.write(name, text),
  };
}

async function initialise(
  setting: TerraformSetting,
  state: State | undefined,
  lockArguments: readonly string[],
  tools: Toolbox,
): Promise<void> {
  const args = ['init', '-input=false', '-no-color', ...lockArguments];
  if (state === undefined) {
    const local = 'terraform {\n  backend "local" {}\n}\n';
    await tools.files.write(join(setting.folder, 'backend_override.tf'), local);
  } else {
    const lines = Object.entries(state.backend).map(
      ([key, value]) => `${key} = ${JSON.stringify(value)}`,
    );
    await tools.files.write(join(setting.folder, 'state.backend.hcl'), `${lines.join('\n')}\n`);
    args.push('-backend-config=state.backend.hcl');
  }
  const told = await terraformText('terraform init', args, setting, tools);
  tools.log.debug(told);
  const versions = [...told.matchAll(/(?:Installed|Using previously-installed) (\S+ v\S+)/g)];
  tools.log.info(`Terraform is initialised (${versions.map((match) => match[1]).join(', ')}).`);
}

function commandsOf(
  setting: TerraformSetting,
  variables: readonly string[],
  locking: Locking,
  tools: Toolbox,
): Terraform {
  return {
    plan: async (what, { destroy = false, refreshOnly = false, lock = false, quiet } = {}) => {
      const file = `${what.replaceAll(/\W+/g, '-').toLowerCase()}.tfplan`;
      const args = [
        'plan',
        '-json',
        '-input=false',
        '-detailed-exitcode',
        `-lock=${lock}`,
        `-out=${file}`,
      ];
      if (destroy) args.push('-destroy');
      if (refreshOnly) args.push('-refresh-only');
      const told = quiet ? silent(tools) : tools;
      const work = (holding?: (at: number) => void): Promise<{ readonly code: number }> =>
        terraform(what, [...args, ...variables], setting, told, { good: [0, 2], holding });
      const { code } = await (lock ? locking(work) : work());
      const json = await terraformText('Reading the plan', ['show', '-json', file], setting, tools);
      return { path: join(setting.folder, file), changed: code === 2, json };
    },
    apply: async (what, plan) => {
      const args = ['apply', '-json', '-input=false', plan.path];
      await locking((holding) => terraform(what, args, setting, tools, { holding }));
    },
    adopt: (imports) => tools.files.write(join(setting.folder, ADOPTED), importBlocks(imports)),
    untaint: async (address) => {
      const args = ['untaint', '-no-color', address];
      await locking(() => terraformText(`Keeping ${address}`, args, setting, tools));
    },
    settle: async () => {
      const args = ['apply', '-json', '-input=false', '-auto-approve', '-refresh-only'];
      const told = silent(tools);
      await locking((holding) =>
        terraform('Refreshing the state', [...args, ...variables], setting, told, { holding }),
      );
    },
    material: () => materialIn(setting.folder, tools),
    outputs: async () =>
      decodeOutputs(
        await terraformText('Reading the outputs', ['output', '-json'], setting, tools),
      ),
  };
}

/** Name of the file with the import blocks of a run that heals. */
const ADOPTED = 'adopted.tf';

async function materialIn(folder: string, { files }: Toolbox): Promise<Material> {
  const textsIn = async (place: string, pattern: RegExp): Promise<[string, string][]> =>
    Promise.all(
      (await files.list(place))
        .filter((name) => pattern.test(name))
        .map(async (name) => [name, (await files.read(join(place, name))) ?? '']),
    );
  return {
    // What a run adds by itself is no part of what was reviewed.
    configuration: Object.fromEntries(
      await textsIn(folder, /^(?!(backend_override|adopted)\.tf$).*\.tf$/),
    ),
    providerLock: (await files.read(join(folder, lockFile))) ?? '',
  };
}
