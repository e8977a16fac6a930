import { canonicalJson, type KeyStore } from '#kernel';
import type { HeldReceipt } from '#security';
import type { OwnItem } from '../own-part.ts';
import type { Everything, PartRead } from '../read-everything.ts';
import type { ZipFile } from './zip.ts';

/** One JSON file for each part, and the proofs: everything but PDF, hint and manifest. */
export function composeFiles({ parts, receipts }: Everything, keys: KeyStore): ZipFile[] {
  return [...parts.map(partFile), proofsFile(receipts), keysFile(keys), hintFile()];
}

export function partFileName(part: string): string {
  return `data/${part}.json`;
}

function partFile({ part: { id, title, note }, items }: PartRead): ZipFile {
  return jsonFile(partFileName(id), { part: id, title, note, items: items.map(toPlain) });
}

/** Instants as text, as over HTTP. */
function toPlain(item: OwnItem): unknown {
  return JSON.parse(JSON.stringify(item));
}

/** All proofs are of one checkpoint, which stands once. */
function proofsFile(receipts: ReadonlyMap<string, HeldReceipt>): ZipFile {
  const held = [...receipts.values()];
  const checkpoint = held.find(({ included }) => included !== undefined)?.included?.checkpoint ?? null;
  return jsonFile('proofs.json', { checkpoint, receipts: held.map(toProof) });
}

function toProof({ receipt, opened, included }: HeldReceipt): object {
  return {
    receipt,
    opened: opened ?? null,
    included:
      included === undefined
        ? null
        : {
            index: included.proof.index,
            size: included.proof.size,
            hashes: included.proof.hashes.map((hash) => Buffer.from(hash).toString('base64')),
          },
  };
}

/** For whoever has no network; trust in them comes from elsewhere. */
function keysFile(keys: KeyStore): ZipFile {
  const published = (['report', 'receipt', 'log'] as const).flatMap((use) => {
    keys.get(use); // made on first use, which may be this bundle's
    return keys.all(use).map(({ publicJwk, kid }) => ({ ...publicJwk, kid, use }));
  });
  return jsonFile('keys.json', { keys: published });
}

function jsonFile(name: string, value: object): ZipFile {
  return { name, bytes: Buffer.from(canonicalJson(value)) };
}

const HINT = `信桥 · 企业全部信息导出

everything-*.pdf   供阅读（节点以 PAdES 签名）
data/*.json        供机器读取，每部分一个文件（RFC 8785）
proofs.json        每一次查询的回执、日志包含证明和签名检查点（RFC 6962，C2SP）
manifest.json      以上各文件的 SHA-256 和节点的签名
keys.json          节点公钥；请与节点公布的 /.well-known/jwks.json 核对

离线核验：xinqiao verify 本文件.zip --keys jwks.json

Xinqiao: everything a node has about one enterprise. The PDF is for people, data/ for programs, proofs.json has the receipt
and inclusion proof of every access, manifest.json the digests of all files and the node's signature. Compare keys.json with
the keys that the node publishes. To check offline: xinqiao verify THIS.zip --keys jwks.json
`;

function hintFile(): ZipFile {
  return { name: 'README.txt', bytes: Buffer.from(HINT) };
}
