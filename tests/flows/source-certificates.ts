import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as x509 from '@peculiar/asn1-x509';
import type { Cleanup } from '../support/database.ts';

/** An authority of one test with a server and a client under it; files of PEM. */
export type TestAuthority = {
  readonly certificate: string;
  readonly server: { readonly key: string; readonly certificate: string };
  /** Puts `authority`, `client_crt` and `client_key` among the secrets of a node. */
  install(keysFolder: string): void;
};

export function makeTestAuthority(t: Cleanup): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-authority-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const keep = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rootPem = issue('authority', {
    subjectKey: root.publicKey,
    issuerKey: root.privateKey,
    isAuthority: true,
  });
  const member = (name: string) => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = issue(name, { subjectKey: keys.publicKey, issuerKey: root.privateKey, isAuthority: false });
    return { pem, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  const [server, client] = [member('server'), member('client')];
  return {
    certificate: keep('authority.pem', rootPem),
    server: { key: keep('server.key', server.key), certificate: keep('server.pem', server.pem) },
    install: (keysFolder) => {
      const secrets = { authority: rootPem, client_crt: client.pem, client_key: client.key };
      for (const [name, text] of Object.entries(secrets)) {
        writeFileSync(join(keysFolder, 'sources', name), text, { mode: 0o600 });
      }
    },
  };
}

const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const HOUR_MS = 3_600_000;

function issue(
  subject: string,
  {
    subjectKey,
    issuerKey,
    isAuthority,
  }: { subjectKey: KeyObject; issuerKey: KeyObject; isAuthority: boolean },
): string {
  const algorithm = new x509.AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const address = new x509.SubjectAlternativeName([new x509.GeneralName({ iPAddress: '127.0.0.1' })]);
  const extensions = [
    extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA: isAuthority }), true),
    extension(x509.id_ce_subjectAltName, address, false),
  ];
  const body = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: exact(Buffer.concat([Buffer.from([0x5a]), randomBytes(15)])),
    signature: algorithm,
    issuer: nameOf('authority'),
    validity: new x509.Validity({
      notBefore: new Date(Date.now() - HOUR_MS),
      notAfter: new Date(Date.now() + HOUR_MS),
    }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: AsnConvert.parse(
      exact(subjectKey.export({ type: 'spki', format: 'der' })),
      x509.SubjectPublicKeyInfo,
    ),
    extensions: new x509.Extensions(extensions),
  });
  const certificate = new x509.Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: exact(sign('sha256', Buffer.from(AsnConvert.serialize(body)), issuerKey)),
  });
  const lines = Buffer.from(AsnConvert.serialize(certificate)).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function extension(extnID: string, value: object, critical: boolean): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function nameOf(commonName: string): x509.Name {
  const value = new x509.AttributeValue({ utf8String: commonName });
  return new x509.Name([
    new x509.RelativeDistinguishedName([new x509.AttributeTypeAndValue({ type: '2.5.4.3', value })]),
  ]);
}

function exact(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
