import type { Outputs } from '../terraform/outputs.ts';
import type { Http } from '../toolbox/index.ts';
import type { Deployed, PublicAddress } from './deployed.ts';
import type { Door } from './doors.ts';
import { doorsOf } from './doors.ts';
import type { Evidence } from './evidence.ts';
import type { Look, Sight, Vantage } from './vantage.ts';

/** Ports on which a machine behind a public address would let somebody in. */
const ports = { rdp: 3389, ssh: 22, https: 443, http: 80 } as const;

/** How long a connection is tried: nothing answers from a port that is shut. */
const CONNECT_SECONDS = 10;

/** A host that answers everybody (RFC 2606): without its answer "does not connect" tells of the runner alone. */
const control: Look = { name: 'control', method: 'GET', bytes: 0, url: 'https://example.com/' };

/** A row of `outsideEvidence` before it is judged. */
type Row = Pick<Evidence, 'check' | 'subject'>;

/**
 * Knocks from outside. A refusal counts only where an authorised request is refused for the network
 * it comes from, or where nothing connects: a 401 says nothing, since some services look at the
 * network only after the token, and a refusal for want of a role shows that the network let it by.
 */
export async function outsideEvidence(
  outputs: Outputs,
  deployed: Deployed,
  outside: Vantage,
  http: Pick<Http, 'connect'>,
): Promise<Evidence[]> {
  const doors = doorsOf(outputs, deployed);
  const [sights, tried] = await Promise.all([
    outside.look([...doors.map(({ look }) => look), control]),
    Promise.all(gates(deployed).map((gate) => knock(gate, http))),
  ]);
  const looksOut = sights.at(-1)?.status !== undefined;
  return [
    ...doors.map((door, at) => judge(door, sights[at], looksOut)),
    ...(deployed.workspaceGuid === undefined ? [noWorkspace()] : []),
    ...(deployed.publicAddresses.length === 0 ? [noAddress()] : []),
    ...tried.map((one) => judgeGate(one, looksOut)),
  ];
}

/** The same rows where nobody could look from outside. */
export function outsideSkipped(outputs: Outputs, deployed: Deployed): Evidence[] {
  const seen = 'not looked at: this runner stands inside the network';
  return [
    ...doorsOf(outputs, deployed).map(({ look }) => rowOf(look)),
    ...gates(deployed).map(({ row }) => row),
  ].map((row) => ({ ...row, from: 'outside', result: 'skipped', seen }));
}

function rowOf({ name, url }: Look): Row {
  return { check: `refused-${name}`, subject: new URL(url).hostname };
}

function judge(door: Door, sight: Sight | undefined, looksOut: boolean): Evidence {
  const base = { ...rowOf(door.look), from: 'outside' as const };
  if (sight?.failure?.kind === 'unreached') {
    return { ...base, ...silence(sight.failure.text, looksOut) };
  }
  if (sight?.status === undefined) {
    return { ...base, result: 'unproven', seen: sight?.failure?.text ?? 'nothing' };
  }
  if (sight.status === 401) {
    return { ...base, result: 'unproven', seen: 'status 401: the token was refused' };
  }
  const closed = sight.status >= 400 && door.refusedByNetwork(sight);
  const said = closed ? 'refused by the network' : 'answered from outside';
  return { ...base, result: closed ? 'closed' : 'hole', seen: `status ${sight.status}: ${said}` };
}

interface Gate {
  readonly row: Row;
  readonly address: string | undefined;
  readonly port: number;
}

function gates({ publicAddresses }: Deployed): Gate[] {
  return publicAddresses.flatMap((one) =>
    Object.entries(ports).map(([name, port]) => gateOf(one, name, port)),
  );
}

function gateOf({ name, address }: PublicAddress, service: string, port: number): Gate {
  const subject = `${address ?? 'no address'}:${port} (${name})`;
  return { row: { check: `no-${service}-from-outside`, subject }, address, port };
}

interface Knocked {
  readonly gate: Gate;
  readonly connection: Connection | undefined;
}

type Connection = Awaited<ReturnType<Http['connect']>>;

async function knock(gate: Gate, http: Pick<Http, 'connect'>): Promise<Knocked> {
  if (gate.address === undefined) return { gate, connection: undefined };
  return { gate, connection: await http.connect(gate.address, gate.port, CONNECT_SECONDS) };
}

function judgeGate({ gate, connection }: Knocked, looksOut: boolean): Evidence {
  const base = { ...gate.row, from: 'outside' as const };
  switch (connection?.result) {
    case 'connected':
      return { ...base, result: 'hole', seen: 'a connection was let in' };
    case 'failed':
      return { ...base, ...silence(connection.seen, looksOut) };
    case 'unknown':
      return { ...base, result: 'unproven', seen: `could not be tried: ${connection.seen}` };
    case undefined:
      return { ...base, result: 'unproven', seen: 'ARM gives it no address yet' };
  }
}

/** What does not connect is shut; where this runner reaches nobody at all, it tells nothing. */
function silence(text: string, looksOut: boolean): Pick<Evidence, 'result' | 'seen'> {
  const seen = `does not connect: ${text}`;
  if (looksOut) return { result: 'closed', seen };
  return { result: 'unproven', seen: `${seen}; this runner does not reach example.com either` };
}

function noWorkspace(): Evidence {
  const row = { check: 'refused-workspace', subject: 'workspace' };
  const seen = "ARM does not say the workspace's id, so its host has no name";
  return { ...row, from: 'outside', result: 'unproven', seen };
}

function noAddress(): Evidence {
  const row = { check: 'no-public-address-to-knock-at', subject: 'public addresses' };
  return { ...row, from: 'outside', result: 'closed', seen: 'the resource group has none' };
}
