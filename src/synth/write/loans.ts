import { drawLoans, type Loan } from '../city/loans.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { COURT_MAKERS } from '../facts/court.ts';
import type { FactMaker } from '../facts/fact.ts';
import type { Day } from '../model/days.ts';
import { type Key, streamOf } from '../model/random.ts';

/** A dataset as far as loans hang on it. */
type Told = { readonly number: string; readonly make: FactMaker; readonly keys: { readonly facts: Key } };

/** Loans of an enterprise, whose chances hang on the records that these datasets tell of it. */
export function loansOf(city: City, datasets: readonly Told[], enterprise: Enterprise): Loan[] {
  const found = new Map<string, readonly Day[]>();
  return drawLoans(city, enterprise, (number) => {
    const days = found.get(number) ?? recordDaysOf(city, datasets, { number, enterprise });
    found.set(number, days);
    return days;
  });
}

/** The datasets with those of the courts told from the loans of each enterprise; no loan hangs on a court case. */
export function tellCourtCases<Dataset extends Told>(datasets: readonly Dataset[]): Dataset[] {
  const known = new WeakMap<Enterprise, readonly Loan[]>();
  const loansFor = (enterprise: Enterprise, city: City): readonly Loan[] => {
    const loans = known.get(enterprise) ?? loansOf(city, datasets, enterprise);
    known.set(enterprise, loans);
    return loans;
  };
  return datasets.map((dataset) => {
    const make = COURT_MAKERS[dataset.number];
    if (make === undefined) return dataset;
    return { ...dataset, make: (enterprise, city) => make(enterprise, city, loansFor(enterprise, city)) };
  });
}

function recordDaysOf(
  city: City,
  datasets: readonly Told[],
  { number, enterprise }: { number: string; enterprise: Enterprise },
): readonly Day[] {
  const dataset = datasets.find((one) => one.number === number);
  if (dataset === undefined) return [];
  return dataset.make(enterprise, city, streamOf(dataset.keys.facts, enterprise.index)).map(({ on }) => on);
}
