import type { Definitions } from '../model/definitions.ts';
import { type Day, YEAR_DAYS } from '../model/days.ts';
import { poisson, type Rng } from '../model/random.ts';
import { drawAddress, drawCapital, type Enterprise } from './enterprise.ts';
import { personName } from './names.ts';

/** What the register says about an enterprise on one day. Capital in yuan. */
export type State = {
  readonly name: string;
  /** The name it bore before it renamed itself, if it ever does. */
  readonly formerName: string;
  readonly representative: string;
  readonly domicile: string;
  readonly capital: number;
  readonly scope: string;
};

/** Items of the code table `registration_change_item` that change here. */
export type ChangeItem = 'legal_representative' | 'domicile' | 'capital' | 'name' | 'scope' | 'shareholders' | 'personnel';

/** One change of the register, with the item's text before and after it. */
export type Change = { readonly on: Day; readonly item: ChangeItem; readonly before: string; readonly after: string };

type Subject = Pick<Enterprise, 'foundedOn' | 'segment' | 'district' | 'isSoleTrader' | 'atFounding' | 'type'> & {
  readonly lastDay: Day;
};

const RATES = {
  legal_representative: 'legalRepresentative',
  domicile: 'domicile',
  capital: 'capital',
  name: 'name',
  scope: 'scope',
  shareholders: 'shareholders',
  personnel: 'personnel',
} as const;

const EARLIEST_DAYS = 45;

/** All changes from the founding to the last day, in order of days; at most one a day and at most one of the name. */
export function drawChanges(rng: Rng, definitions: Definitions, subject: Subject): Change[] {
  const planned: { on: Day; item: ChangeItem }[] = [];
  const span = subject.lastDay - subject.foundedOn - EARLIEST_DAYS;
  for (const [item, rate] of Object.entries(RATES) as [ChangeItem, (typeof RATES)[ChangeItem]][]) {
    if (span <= 0 || (subject.isSoleTrader && item !== 'domicile' && item !== 'scope')) continue;
    const perYear = definitions.city.lifeRates[rate] * (subject.segment.code === 'micro' ? 1 : 1.6);
    const count = Math.min(item === 'name' ? 1 : 8, poisson(rng, (perYear * span) / YEAR_DAYS));
    for (let each = 0; each < count; each += 1) {
      planned.push({ on: subject.foundedOn + EARLIEST_DAYS + Math.floor(rng() * span), item });
    }
  }
  planned.sort((a, b) => a.on - b.on || a.item.localeCompare(b.item));
  const oneADay = planned.filter(({ on }, at) => planned[at - 1]?.on !== on);
  return applyChanges(rng, definitions, { subject, planned: oneADay });
}

function applyChanges(
  rng: Rng,
  definitions: Definitions,
  { subject, planned }: { subject: Subject; planned: { on: Day; item: ChangeItem }[] },
): Change[] {
  const renames = planned.some(({ item }) => item === 'name');
  const { name, formerName } = subject.atFounding;
  const now = { ...textsOf(subject.atFounding), name: renames ? formerName : name };
  return planned.map(({ on, item }) => {
    const before = now[item];
    now[item] = item === 'name' ? name : nextText(rng, definitions, { subject, item, before });
    return { on, item, before, after: now[item] };
  });
}

function textsOf(state: State): Record<ChangeItem, string> {
  const { name, representative, domicile, capital, scope } = state;
  const others = { shareholders: '原股东（合成）', personnel: '原任职人员（合成）' };
  return { name, legal_representative: representative, domicile, capital: String(capital), scope, ...others };
}

function nextText(
  rng: Rng,
  { names }: Definitions,
  { subject, item, before }: { subject: Subject; item: ChangeItem; before: string },
): string {
  switch (item) {
    case 'domicile':
      return drawAddress(rng, names.roads, subject.district);
    case 'capital':
      return String(Math.max(Number(before) * 2, drawCapital(rng, subject)));
    case 'scope':
      return `${before}；增加许可项目（合成）`.slice(0, 400);
    case 'shareholders':
      return `新增股东${personName(rng, names)}`;
    case 'personnel':
      return `新任${personName(rng, names)}`;
    default:
      return personName(rng, names);
  }
}

/** The register's content at the end of a day. */
export function stateOn(enterprise: Enterprise, day: Day): State {
  const { atFounding, changes } = enterprise;
  const renames = changes.some(({ item }) => item === 'name');
  const first = renames ? { ...atFounding, name: atFounding.formerName } : atFounding;
  return changes.filter(({ on }) => on <= day).reduce(applyTo, first);
}

function applyTo(state: State, { item, after }: Change): State {
  switch (item) {
    case 'name':
      return { ...state, name: after };
    case 'legal_representative':
      return { ...state, representative: after };
    case 'domicile':
      return { ...state, domicile: after };
    case 'capital':
      return { ...state, capital: Number(after) };
    case 'scope':
      return { ...state, scope: after };
    default:
      return state;
  }
}

/** The name it bore before, once it has renamed itself; empty otherwise. */
export function formerNameOn(enterprise: Enterprise, day: Day): string {
  return enterprise.changes.some(({ on, item }) => item === 'name' && on <= day) ? enterprise.atFounding.formerName : '';
}
