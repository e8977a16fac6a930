import { beijingDate } from '#kernel';
import { type ItemState, readItemRows } from '../../voluntary/items/item-store.ts';
import { type PledgeState, pledgeStateOn } from '../../voluntary/pledge/pledge-state.ts';
import { readLive } from '../../voluntary/pledge/store.ts';
import { begunBy, type OwnItem, type OwnPart, type Words } from '../own-part.ts';
import { SELF_LIMITS } from '../self-limits.ts';

const ITEM_WORDS: Readonly<Record<ItemState, Words>> = {
  current: { zh: '有效', en: 'current' },
  stale: { zh: '已过期，不再使用', en: 'stale' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
};

/** 填报: how each voluntary item stands, withdrawn ones too; its values are in the part of voluntary items. */
export const filedPart: OwnPart = {
  id: 'filed',
  title: { zh: '自愿填报的状态和证据等级', en: 'Standing of voluntary items' },
  note: {
    zh: '每项填报的状态、证据等级、入口和有效期，含已撤回的；内容见“自愿填报的信息”。',
    en: 'State, evidence level, entrance and term of each filing, withdrawn ones included.',
  },
  holdsRecords: false,
  read: async (reading) => {
    const { tx, permit } = reading;
    const rows = await readItemRows(tx, permit.subject, SELF_LIMITS.itemsPerReadMax);
    return begunBy(reading, rows, ({ knownFrom }) => knownFrom).map(
      ({ itemId, contractId, state, level, validTo, entrances, recordId, filingId, knownFrom }): OwnItem => ({
        id: itemId,
        at: knownFrom,
        receiptId: null,
        words: {
          zh: `${contractId}　${ITEM_WORDS[state].zh}　证据等级 ${level}　至 ${validTo}`,
          en: `${contractId}: ${ITEM_WORDS[state].en}, ${level}, until ${validTo}`,
        },
        facts: {
          itemId,
          contract: contractId,
          state: { code: state, ...ITEM_WORDS[state] },
          level,
          validTo,
          entrances,
          record: recordId,
          filingId,
          knownFrom,
        },
      }),
    );
  },
};

const PLEDGE_WORDS: Readonly<Record<PledgeState, Words>> = {
  in_force: { zh: '有效', en: 'in force' },
  expired: { zh: '到期', en: 'expired' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
  breached: { zh: '经认定违诺', en: 'breached, by decision' },
};

/** 信用承诺. */
export const pledgesPart: OwnPart = {
  id: 'pledges',
  title: { zh: '信用承诺', en: 'Pledges' },
  note: {
    zh: '本企业签署的信用承诺及其状态；违背只凭有权机关的认定。',
    en: 'Pledges that the enterprise signed; a breach only by decision of an authority.',
  },
  holdsRecords: false,
  read: async (reading) => {
    const { tx, permit, context } = reading;
    const today = beijingDate(context.clock.now());
    const rows = await readLive(tx, permit.subject);
    return begunBy(reading, rows, ({ signedAt }) => signedAt).map((row): OwnItem => {
      const { pledgeId, templateHash, scope, signedAt, validTo, authority, decisionNo, decidedOn } = row;
      const state = pledgeStateOn(row, today);
      return {
        id: pledgeId,
        at: signedAt,
        receiptId: null,
        words: {
          zh: `${pledgeId}　${PLEDGE_WORDS[state].zh}　至 ${validTo}　承诺事项 ${scope.join('、')}`,
          en: `${pledgeId}: ${PLEDGE_WORDS[state].en}, until ${validTo}`,
        },
        facts: {
          pledgeId,
          state: { code: state, ...PLEDGE_WORDS[state] },
          templateHash,
          scope,
          signedAt,
          validTo,
          authority,
          decisionNo,
          decidedOn,
        },
      };
    });
  },
};
