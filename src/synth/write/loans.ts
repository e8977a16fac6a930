import { drawLoans, type Loan } from '../city/loans.ts';
import type { City, Enterprise } from '../city/shape.ts';
import type { Day } from '../model/days.ts';
import { streamOf } from '../model/random.ts';
import type { Dataset } from './datasets.ts';

/** Loans of an enterprise, whose chances hang on the records that these datasets tell of it. */
export function loansOf(city: City, datasets: readonly Dataset[], enterprise: Enterprise): Loan[] {
  const found = new Map<string, readonly Day[]>();
  return drawLoans(city, enterprise, (number) => {
    const days = found.get(number) ?? recordDaysOf(city, datasets, { number, enterprise });
    found.set(number, days);
    return days;
  });
}

function recordDaysOf(
  city: City,
  datasets: readonly Dataset[],
  { number, enterprise }: { number: string; enterprise: Enterprise },
): readonly Day[] {
  const dataset = datasets.find((one) => one.number === number);
  if (dataset === undefined) return [];
  return dataset.make(enterprise, city, streamOf(dataset.keys.facts, enterprise.index)).map(({ on }) => on);
}
