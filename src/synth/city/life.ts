import type { Definitions } from '../model/definitions.ts';
import { type Day, YEAR_DAYS } from '../model/days.ts';
import { poisson, type Rng } from '../model/random.ts';
import { drawAddress, drawCapital } from './identity.ts';
import { personName } from './names.ts';
import type { Change, ChangeItem, Enterprise, State } from './shape.ts';

type Subject = Pick<
  Enterprise,
  'foundedOn' | 'segment' | 'district' | 'isSoleTrader' | 'atFounding' | 'type'
> & {
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
