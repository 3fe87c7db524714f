/** What each check promises, in the words of a report. */
const promises: Readonly<Record<string, string>> = {
  'runner-stands-inside': 'The runner that says so stands inside the network.',
  'probe-looks': 'The probe machine looks where it is asked to.',
  'no-public-address-to-knock-at': 'There is no public address to knock at.',
  'arm-answers': 'Azure Resource Manager gives what the proof asks for.',
  'no-public-address': 'No network interface has a public address, or stands behind one.',
  'one-public-address': 'The only public address is that of the firewall.',
  'public-access-off': 'No service of the group answers the internet.',
  'no-foreign-endpoint': 'No private endpoint of somebody else leads to a service.',
  'log-ingestion-off': 'Logs are not taken from the internet.',
  'blob-public-access-off': 'No container can be made public.',
  'shared-keys-as-configured': 'Account keys are on only where something needs them.',
  'registry-admin-off': "The registry's admin user is off.",
  'anonymous-pull-off': 'Nobody pulls images without signing in.',
  'no-stranger-trusted': "No resource of another group passes an account's network rules.",
  'no-copy-to-other-tenants': 'No container may be replicated to another tenant.',
  'vault-by-roles': 'Roles alone give secrets, and to no service of Azure on its own account.',
  'registry-tasks-off': "Build tasks do not pass the registry's network rules.",
  'registry-export-off': 'Images cannot be exported from the registry.',
  'workspace-in-this-network': 'The workspace has no network of its own.',
  'publishing-password-off': 'Nothing is published to the web app with a password.',
  'web-app-doors-off': 'The web app has no FTP and no remote debugging.',
  'web-app-way-out': 'All traffic of the web app goes through the network.',
  'way-out-by-firewall': 'The only way out of a subnet leads to the firewall.',
  'no-learnt-route': 'No gateway can teach a subnet another way out.',
  'no-default-outbound': "Azure's default way out is off.",
  'no-nat-gateway': 'No NAT gateway leads past the firewall.',
  'no-peering': 'The network has no peer.',
  'no-gateway': 'No gateway joins the network to another.',
  'one-network': 'The group has no second network.',
  'names-by-azure': "Names are resolved by Azure's resolver and the private zones.",
  'nobody-let-in': 'No security group lets anybody in from outside the network.',
  'no-stranger': 'Nobody else lives in a subnet, or may.',
  'bastion-developer': 'Bastion has no address and no links of its own.',
  'no-dnat': 'No rule of the firewall leads inwards.',
  'threat-intelligence-denies': 'The firewall denies destinations known to be bad.',
  'egress-as-listed': 'Each row of the allow-list is one rule, to the letter.',
  'egress-not-listed': 'No rule lets out what is not on the list.',
  'endpoint-approved': 'Each service has its approved private endpoint.',
  'endpoint-of-ours': 'No private endpoint leads to somebody else.',
  'zone-linked': 'Each private zone is linked to the network.',
  'private-name': "Each service's name leads to its private endpoint.",
  'record-of-ours': 'No private zone or name leads anywhere else.',
  'compute-closed': 'Computes have no public address and no SSH.',
  'storage-guarded': "Past the firewall lie only the environment's own accounts.",
  'narrow-roles':
    "No identity can give roles, and none can change resources but the workspace's own, to which Azure gives that.",
  'identity-stays-inside': 'Nobody outside can sign in as an identity of the environment.',
  'jumpbox-without-rights': 'The jumpbox has no identity, so no role.',
  'jumpbox-password-void': 'The password that the jumpbox was made with opens nothing.',
  'state-account-closed':
    'The account of the state takes no keys, shows nothing to the public, and keeps versions.',
  'nothing-unknown': 'Nothing stands in the group that no check looks at.',
};

/** Checks that look at one promise from many sides, each side with a name of its own. */
const families: readonly (readonly [pattern: RegExp, family: string, promise: string])[] = [
  [/^refused-/, 'refused-…', 'Each door refuses from outside what it would answer inside.'],
  [/^no-.*-from-outside$/, 'no-…-from-outside', 'No public address takes a connection.'],
  [/^private-/, 'private-…', "From inside, each service's name leads to a private address."],
  [/^reachable-/, 'reachable-…', 'Each host on the allow-list is reached from inside.'],
  [/^blocked-/, 'blocked-…', 'What is not on the allow-list is not reached.'],
];

/** What a check promises, and the name under which checks with one promise are counted together. */
export function promiseOf(check: string): { readonly family: string; readonly promise: string } {
  const own = Object.hasOwn(promises, check) ? promises[check] : undefined;
  if (own !== undefined) return { family: check, promise: own };
  const [, family = check, promise = ''] = families.find(([pattern]) => pattern.test(check)) ?? [];
  return { family, promise };
}
