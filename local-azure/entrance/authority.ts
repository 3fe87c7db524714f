import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { bits, element, integer, octets, oid, sequence, set, utcTime, utf8, yes } from './der.ts';

/** A certificate authority that lives as long as Local Azure and vouches for any host name. */
export interface Authority {
  /** Its own certificate: what clients are told to trust. */
  readonly certificate: string;
  /** TLS credentials for one host, made at the first request and kept. */
  contextFor(host: string): SecureContext;
  /** Certificate and key of one host, as PEM. */
  issue(host: string): { readonly certificate: string; readonly key: string };
}

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** Makes an authority with a new P-256 key; nothing of it is kept on disk. */
export function createAuthority(): Authority {
  const root = newKey();
  const leaf = newKey();
  const leafKey = leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const name = commonName('Local Azure authority');
  const vouch = (subject: Buffer, publicKey: KeyObject, extensions: Buffer[]): string =>
    certificate({ issuer: name, issuerKey: root, subject, publicKey, extensions });
  const issue = (host: string): { certificate: string; key: string } => ({
    certificate: vouch(commonName(host.slice(0, 64)), leaf.publicKey, leafExtensions(host)),
    key: leafKey,
  });
  const contexts = new Map<string, SecureContext>();
  const contextFor = (host: string): SecureContext => {
    const known = contexts.get(host);
    if (known) return known;
    const { certificate: cert, key } = issue(host);
    const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    contexts.set(host, context);
    return context;
  };
  return { certificate: vouch(name, root.publicKey, rootExtensions()), contextFor, issue };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKey(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface CertificateParts {
  readonly issuer: Buffer;
  readonly issuerKey: KeyPair;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, section 4.1. The key identifiers are there because strict verifiers ask for them. */
function certificate(parts: CertificateParts): string {
  const subjectKeyId = extension('2.5.29.14', octets(keyIdentifier(parts.publicKey)));
  const authorityKeyId = extension(
    '2.5.29.35',
    sequence(element(0x80, keyIdentifier(parts.issuerKey.publicKey))),
  );
  const toBeSigned = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    parts.issuer,
    sequence(utcTime(Date.now() - DAY), utcTime(Date.now() + 30 * DAY)),
    parts.subject,
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...parts.extensions, subjectKeyId, authorityKeyId)),
  );
  const signature = sign('sha256', toBeSigned, parts.issuerKey.privateKey);
  return asPem(sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature)));
}

function rootExtensions(): Buffer[] {
  return [
    extension('2.5.29.19', sequence(yes()), true),
    // keyCertSign and cRLSign
    extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true),
  ];
}

function leafExtensions(host: string): Buffer[] {
  return [
    extension('2.5.29.19', sequence(), true),
    // digitalSignature
    extension('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(alternativeName(host))),
  ];
}

function alternativeName(host: string): Buffer {
  if (isIP(host) === 4) return element(0x87, Buffer.from(host.split('.').map(Number)));
  return element(0x82, Buffer.from(host));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [yes()] : []), octets(value));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(name))));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function asPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
