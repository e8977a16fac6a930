import { setImmediate as turn } from 'node:timers/promises';
import { beijingDate, canonicalJson, type KeyStore, type SigningKey } from '#kernel';
import type { DecidedRecall } from './decide-recalls.ts';
import { RECALL_LIMITS } from './recall-limits.ts';
import type { CauseKind } from './recall-terms.ts';

/** Type of a notice in its JOSE header; no other token of the node has it. */
const NOTICE_TYPE = 'xinqiao-recall+jwt';

export type NoticeFacts = {
  readonly recallId: string;
  readonly decided: DecidedRecall;
  readonly contract: string;
  /** `<delivery>:<row>`, as the answer named it. */
  readonly recordId: string;
  readonly cause: CauseKind;
  readonly at: Date;
  readonly dueOn: string | null;
};

/**
 * What a recipient is told. Of a record that it had: which one, why, and what is asked; no value, wrong or right. Of something
 * made from the record neither contract nor cause: either would say what it never was entitled to know.
 */
export function noticeOf({ recallId, decided, contract, recordId, cause, at, dueOn }: NoticeFacts) {
  const { disclosure, part, demand, recipient } = decided;
  const whole = part === 'content';
  return {
    format: 'xinqiao.recall/1',
    recall: recallId,
    recipient: recipient.id,
    platform: disclosure.platform,
    disclosure: disclosure.disclosureId,
    receipt: disclosure.receiptId,
    kind: disclosure.kind,
    contract: whole ? contract : null,
    record: whole ? recordId : null,
    fields: whole ? disclosure.fields : null,
    cause: whole ? cause : 'recomputed',
    demand,
    decidedOn: beijingDate(at),
    dueOn,
    iat: Math.floor(at.getTime() / 1000),
  };
}

/**
 * Compact JWS (RFC 7515) of each notice, one for one, by the key that signs reports: ES256, or SM2 under the suite gm-1. Others
 * have their turn in between.
 */
export async function signNotices(keys: KeyStore, notices: readonly object[]): Promise<string[]> {
  const key = keys.get('report');
  const header = encode({ alg: key.algorithm, kid: key.kid, typ: NOTICE_TYPE });
  const signed: string[] = [];
  for (const [n, notice] of notices.entries()) {
    if (n > 0 && n % RECALL_LIMITS.signedPerTurn === 0) await turn();
    signed.push(signOne(key, `${header}.${encode(notice)}`));
  }
  return signed;
}

function signOne(key: SigningKey, text: string): string {
  return `${text}.${key.sign(Buffer.from(text)).toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(canonicalJson(value)).toString('base64url');
}
