import { applyCard } from '../model/apply-card.ts';
import type { Card } from '../model/card.ts';
import type { Table, Target } from '../table/columns.ts';
import { type Calibration, calibrationOf } from './calibration.ts';
import { type Discrimination, discriminationOf } from './discrimination.ts';

export type CardFigures = Discrimination & { readonly calibration: Calibration };

/** What a card does on rows whose outcome is known. */
export function measureCard(card: Card, table: Table, target: Target): CardFigures {
  return measureChances(applyCard(card, table).chances, target);
}

/** The same of chances that were told otherwise, row by row. */
export function measureChances(chances: Float64Array, target: Target): CardFigures {
  return { ...discriminationOf(chances, target), calibration: calibrationOf(chances, target) };
}
