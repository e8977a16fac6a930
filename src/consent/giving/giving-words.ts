import type { FrequencyUnit, Line } from '../tables.ts';

/** Id and version of the template of a consent to giving back. */
export const GIVE_BACK_TEMPLATE = 'give_back/1';

/** What for, as an enterprise reads it. */
export const GIVE_BACK_WHAT: Line = {
  zh: '逆向共享：这些数据交给市级节点，只供您另行授权的机构为融资使用。',
  en: 'Giving back: the data go to the city node, only for institutions that you allow to read them for financing.',
};

/** Who gives; the name may have been shortened to fit. */
export function giveBackWho(name: string): string {
  return `${name}请您同意：把它掌握的您的数据提供给市级节点。`;
}

/** Of the terms; dates are Beijing dates. */
type GivingTime = {
  readonly frequency: { readonly count: number; readonly unit: FrequencyUnit } | null;
  readonly validTo: string;
  readonly dataFrom: string;
  readonly dataTo: string | null;
};

const UNIT_ZH = { day: '每天', week: '每周', month: '每月' } as const;

/** How often, until when, and of which time. How long the node keeps it is said by the list, not by the consent. */
export function giveBackHowLong({ frequency, validTo, dataFrom, dataTo }: GivingTime): Line {
  const { count, unit } = frequency ?? { count: 1, unit: 'month' };
  return {
    zh: `${UNIT_ZH[unit]}最多提供${count}次，到${validTo}为止；只提供${dataFrom}${dataTo === null ? '以来' : `至${dataTo}`}的数据。`,
    en: `At most ${count} times a ${unit} until ${validTo}; data from ${dataFrom}${dataTo === null ? '' : ` to ${dataTo}`}.`,
  };
}

export const GIVE_BACK_ALWAYS: readonly Line[] = [
  {
    zh: '不同意：该机构什么都不会提供给节点，您向它的申请不受影响。',
    en: 'If you decline, the institution gives the node nothing, and your dealings with it are as before.',
  },
  {
    zh: '同意以后：随时可以在“我的授权”里点两下撤销，从下一次查询起谁也读不到。',
    en: 'If you agree, you can revoke at any time in two clicks; from the next query on nobody reads them.',
  },
];
