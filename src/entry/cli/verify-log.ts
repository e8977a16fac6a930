import { existsSync, readdirSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type Audit,
  auditLog,
  databaseSource,
  type FaultReason,
  folderSource,
  type LogFault,
  logOrigin,
  logRefusal,
  type LogSource,
  type NoteKey,
  parseVkey,
  savingTo,
  urlSource,
} from '#security';
import type { Node } from '../node.ts';
import { openOutput, type Output } from './output.ts';
import { withNode } from './with-node.ts';
import { readGivenFile } from './read-given-file.ts';

type Options = {
  url?: string;
  folder?: string;
  save?: string;
  vkey?: string[];
  witness?: string[];
  cosigned?: string[];
  json?: boolean;
};

/** Checks a log entry by entry: this node's own, one behind an address, or one saved earlier, then without network. */
export function addVerifyLog(verify: Command): void {
  verify
    .command('log')
    .description(
      '核验整部日志，指出第一处不符 · verify a whole log and name the first thing that does not hold',
    )
    .option('--url <url>', 'address of the log, …/api/v1/log; default: this node’s own database')
    .option('--folder <folder>', 'a log saved with --save; needs no network')
    .option('--save <folder>', 'keep everything read in this folder')
    .option('--vkey <key...>', 'keys of the log known from elsewhere; default: those the log names')
    .option('--witness <key...>', 'witnesses that must have cosigned')
    .option('--cosigned <place...>', 'cosigned checkpoints, files or addresses; default: the log’s own')
    .option('--json', 'one JSON line')
    .action(async (options: Options, command: Command) => {
      const all: Options = { ...options, json: command.optsWithGlobals<Options>().json === true };
      if (all.url !== undefined) await check(urlSource(prefixOf(all.url)), all);
      else if (all.folder !== undefined) await check(folderSource(all.folder), all);
      else await withNode(all, async ({ node }) => await check(ownSource(node), all));
    });
}

async function check(source: LogSource, options: Options): Promise<void> {
  const output = openOutput(options.json === true);
  const { save, vkey, witness = [], cosigned = [] } = options;
  if (save !== undefined && existsSync(save) && readdirSync(save).length > 0) {
    throw logRefusal('log.folder_in_use', { folder: save });
  }
  const audit = await reading(async () =>
    auditLog({
      source: save === undefined ? source : savingTo(save, source),
      ...(vkey === undefined ? {} : { keys: vkey.map(readVkey) }),
      witnesses: witness.map(readVkey),
      cosigned: await Promise.all(cosigned.map(readPlace)),
      onProgress: (done, total) => output.progress('日志条目', done, total),
    }),
  );
  if (audit.fault !== undefined) throw brokenLog(audit.fault);
  report(output, audit, vkey === undefined);
}

function report(output: Output, audit: Audit, areKeysItsOwn: boolean): void {
  const { head, checkpoints, cosignedBy } = audit;
  const { origin, size, root } = head ?? { origin: '', size: 0, root: Buffer.alloc(0) };
  const facts = { verified: true, origin, size, root: root.toString('base64'), checkpoints, cosignedBy };
  output.answer(facts, () => {
    const lines = [
      `✓ 日志 ${origin} 成立：${size} 条，${checkpoints} 个签名检查点`,
      `  根 ${facts.root}`,
      ...cosignedBy.map((name) => `  见证人 ${name} 已共同签名`),
    ];
    const own = '  公钥取自日志本身；请与另外得到的公钥核对，或用 --vkey 给出';
    return [...lines, ...(areKeysItsOwn ? [own] : [])].join('\n');
  });
}

function ownSource({ database, keys, config }: Node): LogSource {
  return databaseSource({ database, keys, origin: logOrigin(config.publicUrl) });
}

/** The log's address, whether given whole or as that of the node. */
function prefixOf(url: string): string {
  const text = url.replace(/\/+$/, '');
  return URL.canParse(text) && new URL(text).pathname === '/' ? `${text}/api/v1/log` : text;
}

function readVkey(text: string): NoteKey {
  const key = parseVkey(text);
  if (key === undefined) throw logRefusal('log.vkey_malformed', { text: text.slice(0, 80) });
  return key;
}

async function readPlace(place: string): Promise<Buffer> {
  if (!/^https?:\/\//.test(place)) return readGivenFile(place);
  const slash = place.lastIndexOf('/');
  const bytes = await urlSource(place.slice(0, slash)).read(place.slice(slash + 1));
  return bytes ?? Buffer.alloc(0);
}

/** Network and disk in the way are not the log's fault. */
async function reading(work: () => Promise<Audit>): Promise<Audit> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw Object.assign(logRefusal('log.unreachable', { reason: error.message }), { cause: error });
  }
}

function brokenLog(fault: LogFault): Error {
  const { what, path, reason, at, to } = fault;
  const number = at === undefined ? '' : to === undefined ? ` ${at}` : ` ${at}–${to}`;
  const place = `${WORDS[what]}${number}（${path}）`;
  return logRefusal('log.broken', {
    place,
    reason: REASONS[reason],
    path,
    at: number.trim() || '—',
    code: reason,
  });
}

const WORDS: Readonly<Record<LogFault['what'], string>> = {
  keys: '公钥',
  checkpoint: '检查点',
  tile: '树块中的散列',
  entry: '条目',
  witness: '见证人',
};

const REASONS: Readonly<Record<FaultReason, string>> = {
  missing: '没有这个文件',
  malformed: '格式不对',
  signature: '签名不成立',
  unsigned: '没有日志的签名',
  unknown_signature: '有一行签名不出自已公布的公钥',
  other_log: '属于另一部日志',
  misplaced: '检查点的位置不对',
  altered: '内容被改动',
  root: '这些条目算不出签名的根',
  split: '见证人对同样大小的日志签过另一个根',
  rolled_back: '见证人见过更大的日志，其后的条目不见了',
  not_cosigned: '没有共同签名',
};
