/** One Azure name that is made from the environment's name, with the rule Azure has for it. */
interface DerivedName {
  readonly what: string;
  readonly name: (environment: string, unique: string) => string;
  readonly pattern: RegExp;
  readonly longest: number;
}

/**
 * The names that bind the environment's name. Lengths and alphabets: Azure's naming rules for each
 * resource type (learn.microsoft.com, "Naming rules and restrictions for Azure resources").
 * `terraform/locals.tf` derives the same names; a test compares the two. They stand apart from
 * `names.ts`, because wrong input is told before cryptography is loaded.
 */
export const derivedNames = {
  resourceGroup: {
    what: 'resource group',
    name: (environment) => `innereye-${environment}`,
    pattern: /^[\w().-]*[\w()-]$/,
    longest: 90,
  },
  stateGroup: {
    what: 'resource group of the state',
    name: (environment) => `innereye-${environment}-state`,
    pattern: /^[\w().-]*[\w()-]$/,
    longest: 90,
  },
  stateAccount: {
    what: 'storage account of the state',
    name: (environment, unique) => `${environment}tf${unique}`,
    pattern: /^[a-z0-9]{3,}$/,
    longest: 24,
  },
  storageAccount: {
    what: 'storage account',
    name: (environment, unique) => `${environment}st${unique}`,
    pattern: /^[a-z0-9]{3,}$/,
    longest: 24,
  },
  imagesAccount: {
    what: 'storage account of the images',
    name: (environment, unique) => `${environment}im${unique}`,
    pattern: /^[a-z0-9]{3,}$/,
    longest: 24,
  },
  registry: {
    what: 'container registry',
    name: (environment, unique) => `${environment}cr${unique}`,
    pattern: /^[a-zA-Z0-9]{5,}$/,
    longest: 50,
  },
  keyVault: {
    what: 'key vault',
    name: (environment, unique) => `${environment}-kv-${unique}`,
    pattern: /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]+[a-zA-Z0-9]$/,
    longest: 24,
  },
  workspace: {
    what: 'machine learning workspace',
    name: (environment) => `${environment}-ml`,
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,}$/,
    longest: 33,
  },
  computeCluster: {
    what: 'compute cluster',
    name: (environment) => `${environment}-cluster`,
    pattern: /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]+[a-zA-Z0-9]$/,
    longest: 24,
  },
  computeInstance: {
    what: 'compute instance',
    name: (environment, unique) => `${environment}-ci-${unique}`,
    pattern: /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]+[a-zA-Z0-9]$/,
    longest: 24,
  },
  webApp: {
    what: 'web app',
    name: (environment, unique) => `${environment}-inference-${unique}`,
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/,
    longest: 60,
  },
} as const satisfies Record<string, DerivedName>;

/**
 * The rule an environment's name breaks, in words, or undefined where every derived name is one
 * that Azure takes.
 */
export function brokenNameRule(environment: string): string | undefined {
  if (environment === '') return 'it is empty';
  if (!/^[a-z]/.test(environment)) return 'it must begin with a lower-case letter';
  if (!/^[a-z0-9]+$/.test(environment)) {
    return 'it may hold only lower-case letters and digits, because the storage account is named after it';
  }
  const rules: readonly DerivedName[] = Object.values(derivedNames);
  const room = rules.map((rule) => ({
    rule,
    room: rule.longest - rule.name('', 'x'.repeat(6)).length,
  }));
  const tightest = room.reduce((least, next) => (next.room < least.room ? next : least));
  if (environment.length > tightest.room) {
    const example = tightest.rule.name(environment, 'xxxxxx');
    return (
      `it may have at most ${tightest.room} characters: the ${tightest.rule.what} would be named ` +
      `"${example}", and Azure allows ${tightest.rule.longest} characters there`
    );
  }
  const broken = rules.find((rule) => !rule.pattern.test(rule.name(environment, 'xxxxxx')));
  return (
    broken &&
    `Azure would refuse "${broken.name(environment, 'xxxxxx')}" as the name of the ${broken.what}`
  );
}
