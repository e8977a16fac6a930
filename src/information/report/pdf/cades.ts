import assert from 'node:assert';
import { createHash, sign, verify, X509Certificate } from 'node:crypto';
import { ContentInfo, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import type { CertifiedKey } from '#kernel';

/** What a signature says about itself, once its bytes were found to be exactly as we write them. */
type ReadSignature = {
  readonly certificate: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  /** SHA-256 of the content that the signature claims. */
  readonly contentDigest: Buffer;
  /** Whether the certificate's key signed these attributes, and the attributes name this certificate. */
  readonly holds: boolean;
};

/**
 * Detached CMS signature of baseline B-B (ETSI EN 319 122-1), ECDSA with SHA-256. Signed attributes: content type,
 * message digest, signing certificate v2. No signing time: PAdES (EN 319 142-1) keeps it in the PDF dictionary.
 */
export function signCades(content: Buffer, key: CertifiedKey): Buffer {
  const attributes = signedAttributes(sha256(content), key.certificate);
  const signature = sign('sha256', der(SET, ...attributes), key.privateKey);
  return signedData(attributes, signature, [key.certificate, ...key.intermediates]);
}

/**
 * Reads a detached CMS signature; undefined unless it is, byte for byte, what `signCades` writes for the parts in it.
 * So nothing in it can be changed or added unseen, although CMS itself signs only the attributes.
 */
export function readCades(bytes: Buffer): ReadSignature | undefined {
  const parts = partsOf(bytes);
  if (parts === undefined) return undefined;
  const { attributes, signature, certificates, contentDigest } = parts;
  const [certificate, ...intermediates] = certificates;
  if (certificate === undefined) return undefined;
  if (!signedData(attributes, signature, certificates).equals(bytes)) return undefined;
  const expected = Buffer.concat(signedAttributes(contentDigest, certificate));
  const holds =
    expected.equals(Buffer.concat(attributes)) &&
    verify('sha256', der(SET, ...attributes), certificate.publicKey, signature);
  return { certificate, intermediates, contentDigest, holds };
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;
const CONTEXT_0 = 0xa0;

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

// Object identifiers as DER contents (X.690, 8.19): the structure below is fixed, so they are spelt once here.
const ID_DATA = oid('2a864886f70d010701');
const ID_SIGNED_DATA = oid('2a864886f70d010702');
const ID_CONTENT_TYPE = oid('2a864886f70d010903');
const ID_MESSAGE_DIGEST = oid('2a864886f70d010904');
const ID_SIGNING_CERTIFICATE_V2 = oid('2a864886f70d010910022f');
const SHA256 = der(SEQUENCE, oid('608648016503040201'));
const ECDSA_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));
const VERSION_1 = der(INTEGER, Buffer.from([1]));

/** The signed attributes in the order of DER SET OF. RFC 5035: SHA-256 is the default and must not be spelt. */
function signedAttributes(contentDigest: Buffer, certificate: X509Certificate): Buffer[] {
  const certificateId = der(SEQUENCE, der(OCTETS, sha256(certificate.raw)));
  const signingCertificate = der(SEQUENCE, der(SEQUENCE, certificateId));
  return [
    der(SEQUENCE, ID_CONTENT_TYPE, der(SET, ID_DATA)),
    der(SEQUENCE, ID_MESSAGE_DIGEST, der(SET, der(OCTETS, contentDigest))),
    der(SEQUENCE, ID_SIGNING_CERTIFICATE_V2, der(SET, signingCertificate)),
  ].sort((a, b) => a.compare(b));
}

function signedData(
  attributes: readonly Buffer[],
  signature: Buffer,
  certificates: readonly X509Certificate[],
): Buffer {
  const [signer] = certificates;
  assert.ok(signer !== undefined);
  const signerInfo = der(
    SEQUENCE,
    VERSION_1,
    issuerAndSerial(signer),
    SHA256,
    der(CONTEXT_0, ...attributes),
    ECDSA_SHA256,
    der(OCTETS, signature),
  );
  const body = der(
    SEQUENCE,
    VERSION_1,
    der(SET, SHA256),
    der(SEQUENCE, ID_DATA),
    der(CONTEXT_0, ...certificates.map(({ raw }) => raw)),
    der(SET, signerInfo),
  );
  return der(SEQUENCE, ID_SIGNED_DATA, der(CONTEXT_0, body));
}

function issuerAndSerial(certificate: X509Certificate): Buffer {
  const { tbsCertificate } = AsnConvert.parse(certificate.raw, Certificate);
  const issuer = Buffer.from(AsnConvert.serialize(tbsCertificate.issuer));
  return der(SEQUENCE, issuer, der(INTEGER, Buffer.from(tbsCertificate.serialNumber)));
}

type Parts = {
  attributes: Buffer[];
  signature: Buffer;
  certificates: X509Certificate[];
  contentDigest: Buffer;
};

/** Undefined for bytes that are no CMS signature at all; the parser throws on those, and that is the answer. */
function partsOf(bytes: Buffer): Parts | undefined {
  try {
    const data = AsnConvert.parse(AsnConvert.parse(bytes, ContentInfo).content, SignedData);
    const [signer] = data.signerInfos;
    const digest = signer?.signedAttrs?.find(({ attrType }) => attrType === MESSAGE_DIGEST)?.attrValues[0];
    if (signer?.signedAttrs === undefined || digest === undefined) return undefined;
    return {
      attributes: signer.signedAttrs.map((attribute) => Buffer.from(AsnConvert.serialize(attribute))),
      signature: Buffer.from(signer.signature.buffer),
      certificates: [...(data.certificates ?? [])].flatMap(({ certificate }) =>
        certificate === undefined
          ? []
          : [new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))],
      ),
      contentDigest: Buffer.from(AsnConvert.parse(digest, OctetString).buffer),
    };
  } catch {
    return undefined;
  }
}

function oid(contentsHex: string): Buffer {
  return der(OID, Buffer.from(contentsHex, 'hex'));
}

/** Tag, definite length in its shortest form, contents (X.690, 10.1). */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = contents.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = contents.length < 128 ? [contents.length] : [0x80 + length.length, ...length];
  return Buffer.concat([Buffer.from([tag, ...head]), contents]);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
