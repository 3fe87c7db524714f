import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A self-signed certificate and its key, both as PEM, and the certificate as DER. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly der: Buffer;
  readonly key: string;
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));
}

function extensions(keyId: Buffer, hosts: readonly string[]): Buffer {
  const constraints = extension('551d13', sequence(TRUE), true);
  // digitalSignature, keyEncipherment, keyAgreement, keyCertSign
  const usage = extension('551d0f', der(0x03, Buffer.from([0x02, 0xac])), true);
  const purposes = extension('551d25', sequence(oid('2b06010505070301'), oid('2b06010505070302')));
  const names = extension('551d11', sequence(...hosts.map((host) => der(0x82, Buffer.from(host)))));
  const subjectKey = extension('551d0e', der(0x04, keyId));
  return der(0xa3, sequence(constraints, usage, purposes, names, subjectKey));
}

/**
 * A P-256 certificate for `hosts`, valid for a day, as HashiCorp's go-plugin makes one for
 * mutual TLS between Terraform and a provider. Node can sign but not write X.509, hence the DER.
 */
export function selfSigned(hosts: readonly string[] = ['localhost']): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('localhost')))));
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const now = Date.now();
  const validity = sequence(utcTime(new Date(now - 60_000)), utcTime(new Date(now + 86_400_000)));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    spki,
    extensions(createHash('sha1').update(spki).digest(), hosts),
  );
  const signature = sign('sha256', toSign, privateKey);
  const whole = sequence(toSign, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    der: whole,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
