import { createHash } from 'node:crypto';

/**
 * A UID that anybody may make without registration: 2.25 and a UUID as one decimal number (DICOM
 * PS3.5, B.2). The UUID is of version 8 (RFC 9562, 5.8) and follows from the name alone.
 */
export function uidFor(name: string): string {
  const bytes = createHash('sha256').update(`innereye-closed-network ${name}`).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return `2.25.${BigInt(`0x${bytes.toString('hex', 0, 16)}`)}`;
}
