import assert from 'node:assert';
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as x509 from '@peculiar/asn1-x509';
import { certificateRefusal } from './certificate-refusals.ts';

/** Who signs documents: the private key, its certificate, and what leads from it to a trusted root. */
export type CertifiedKey = {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
  /** Between the certificate and its root, nearest first; the root itself is not part of a document. */
  readonly intermediates: readonly X509Certificate[];
};

/** The document-signing key, as the key store gives it. */
type DocumentKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject };

const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const DOCUMENT_SIGNING = '1.3.6.1.5.5.7.3.36'; // RFC 9336
const YEARS = 10;

/**
 * Opens the certificate of the document-signing key, the file `pdf-<kid>.crt.pem` of the keys folder: the
 * certificate, its intermediates, last its root. A city puts its own there; a demonstration node (`mayCreate`)
 * makes one under a root whose private key is thrown away at once, so that it can never sign a second.
 * `roots` are those of every certificate in the folder, so that documents outlive a change of keys.
 * Throws `certificate.missing` or `certificate.wrong`.
 */
export function openCertificate(options: {
  folder: string;
  key: DocumentKey;
  nodeName: string;
  at: Date;
  mayCreate: boolean;
}): { readonly signer: CertifiedKey; readonly roots: readonly X509Certificate[] } {
  const { folder, key } = options;
  const file = join(folder, `pdf-${key.kid}.crt.pem`);
  if (!existsSync(file)) {
    if (!options.mayCreate) throw certificateRefusal('certificate.missing', { file });
    const made = makeDemonstrationCertificate(key.publicKey, options.nodeName, options.at);
    writeOnce(file, made.certificatePem + made.rootPem);
  }
  const [certificate, ...issuers] = certificatesOf(readFileSync(file, 'utf8'));
  if (certificate?.checkPrivateKey(key.privateKey) !== true || issuers.at(-1)?.ca !== true) {
    throw certificateRefusal('certificate.wrong', { file });
  }
  const signer = { privateKey: key.privateKey, certificate, intermediates: issuers.slice(0, -1) };
  return { signer, roots: rootsOf(folder) };
}

/** The roots of all certificates in a keys folder, those of retired keys too. */
export function rootsOf(folder: string): X509Certificate[] {
  const files = readdirSync(folder).filter((name) => /^pdf-.+\.crt\.pem$/.test(name));
  return files.flatMap((name) => certificatesOf(readFileSync(join(folder, name), 'utf8')).slice(-1));
}

/** All certificates of a PEM text, in its order. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * A root and one signing certificate under it, both for the name of the node, valid from `at` for ten years.
 * The root's private key lives only within this call.
 */
export function makeDemonstrationCertificate(
  publicKey: KeyObject,
  nodeName: string,
  at: Date,
): { certificatePem: string; rootPem: string } {
  assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1', 'ES256 keys stand on P-256');
  const rootKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = `${nodeName} 示范根证书`;
  const rootPem = issue(rootKeys.privateKey, {
    issuer: root,
    subject: root,
    publicKey: rootKeys.publicKey,
    issuerKey: rootKeys.publicKey,
    isAuthority: true,
    at,
  });
  const certificatePem = issue(rootKeys.privateKey, {
    issuer: root,
    subject: nodeName,
    publicKey,
    issuerKey: rootKeys.publicKey,
    isAuthority: false,
    at,
  });
  return { certificatePem, rootPem };
}

type Wanted = {
  issuer: string;
  subject: string;
  publicKey: KeyObject;
  issuerKey: KeyObject;
  isAuthority: boolean;
  at: Date;
};

function issue(issuerPrivateKey: KeyObject, wanted: Wanted): string {
  const algorithm = new x509.AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const end = new Date(wanted.at);
  end.setUTCFullYear(end.getUTCFullYear() + YEARS);
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: exactBuffer(Buffer.concat([Buffer.from([0x5a]), randomBytes(15)])), // positive, 120 random bits
    signature: algorithm,
    issuer: nameOf(wanted.issuer),
    validity: new x509.Validity({ notBefore: wanted.at, notAfter: end }),
    subject: nameOf(wanted.subject),
    subjectPublicKeyInfo: keyInfo(wanted.publicKey),
    extensions: new x509.Extensions(extensionsOf(wanted)),
  });
  const body = Buffer.from(AsnConvert.serialize(tbsCertificate));
  const certificate = new x509.Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: exactBuffer(sign('sha256', body, issuerPrivateKey)),
  });
  return pem('CERTIFICATE', Buffer.from(AsnConvert.serialize(certificate)));
}

/** RFC 5280, section 4.2: what the key is for, and the identifiers by which chains are built. */
function extensionsOf(wanted: Wanted): x509.Extension[] {
  const { keyCertSign, cRLSign, digitalSignature, nonRepudiation } = x509.KeyUsageFlags;
  const usage = wanted.isAuthority ? keyCertSign | cRLSign : digitalSignature | nonRepudiation;
  const issuerId = new x509.AuthorityKeyIdentifier({ keyIdentifier: keyId(wanted.issuerKey) });
  const extensions = [
    extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA: wanted.isAuthority }), true),
    extension(x509.id_ce_keyUsage, new x509.KeyUsage(usage), true),
    extension(x509.id_ce_subjectKeyIdentifier, keyId(wanted.publicKey), false),
    extension(x509.id_ce_authorityKeyIdentifier, issuerId, false),
  ];
  if (!wanted.isAuthority) {
    extensions.push(extension(x509.id_ce_extKeyUsage, new x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), false));
  }
  return extensions;
}

function extension(extnID: string, value: object, critical: boolean): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function keyInfo(key: KeyObject): x509.SubjectPublicKeyInfo {
  return AsnConvert.parse(
    exactBuffer(key.export({ type: 'spki', format: 'der' })),
    x509.SubjectPublicKeyInfo,
  );
}

/** RFC 7093, section 2, method 1: the leftmost 160 bits of SHA-256 over the public key bits. */
function keyId(key: KeyObject): x509.SubjectKeyIdentifier {
  const bits = Buffer.from(keyInfo(key).subjectPublicKey);
  return new x509.SubjectKeyIdentifier(
    exactBuffer(createHash('sha256').update(bits).digest().subarray(0, 20)),
  );
}

function nameOf(commonName: string): x509.Name {
  return new x509.Name([
    attribute('2.5.4.6', new x509.AttributeValue({ printableString: 'CN' })),
    attribute('2.5.4.3', new x509.AttributeValue({ utf8String: commonName })),
  ]);
}

function attribute(type: string, value: x509.AttributeValue): x509.RelativeDistinguishedName {
  return new x509.RelativeDistinguishedName([new x509.AttributeTypeAndValue({ type, value })]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Of processes that write at once the first wins, and a reader sees no file or the whole one. */
function writeOnce(file: string, text: string): void {
  const draft = join(dirname(file), `.${randomBytes(8).toString('hex')}`);
  writeFileSync(draft, text, { mode: 0o644, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}

function exactBuffer(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
