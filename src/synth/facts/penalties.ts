import { drawEvents, healthOn, sizeFactor } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, yearOf } from '../model/days.ts';
import { chance, logNormal, pick, pickWeighted, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, identityOf, inOrder, serialOf, sharedStream } from './fact.ts';

/** One penalty as it is, before departments describe it. Days undefined: not (yet). Amounts in yuan. */
type Penalty = {
  readonly on: Day;
  readonly decisionNo: string;
  readonly kind: 'warning' | 'fine' | 'confiscation' | 'criticism' | 'production_halt';
  readonly fine: number;
  readonly authority: string;
  readonly violation: string;
  readonly performedOn: Day;
  readonly repairedOn: Day | undefined;
  readonly annulledOn: Day | undefined;
  readonly isSerious: boolean;
};

const KINDS = [
  { kind: 'fine', share: 62 },
  { kind: 'warning', share: 24 },
  { kind: 'criticism', share: 6 },
  { kind: 'confiscation', share: 6 },
  { kind: 'production_halt', share: 2 },
] as const;

/**
 * All penalties of an enterprise, the same for every dataset that shows them. Large firms have more and settle them; with
 * bad health they come more often and stay open, so that recency, count and openness tell more than their mere existence.
 */
function penaltiesOf(enterprise: Enterprise, city: City): Penalty[] {
  const rng = sharedStream(city, 'penalties', enterprise);
  const days = drawEvents(rng, city, enterprise, { perYear: 0.07, pull: 0.55, size: 0.4, afterDefault: 2.5 });
  return days.map((on, at) => drawPenalty(rng, city, { enterprise, on, at }));
}

function drawPenalty(
  rng: Rng,
  { definitions }: City,
  { enterprise, on, at }: { enterprise: Enterprise; on: Day; at: number },
): Penalty {
  const { kind } = pickWeighted(rng, KINDS, ({ share }) => share);
  const { lists } = definitions.phrases;
  const health = healthOn(enterprise, on);
  const performedOn = on + Math.ceil(logNormal(rng, 35 * Math.exp(-0.9 * health), 0.9));
  const repairs = performedOn < on + 500 && chance(rng, 0.35);
  return {
    on,
    decisionNo: `京${enterprise.district.short}合成罚〔${yearOf(on)}〕${serialOf(enterprise, at + 1)}号`,
    kind,
    fine:
      kind === 'fine' ? Math.ceil(logNormal(rng, 3000 * sizeFactor(enterprise, 0.4), 1.1) / 100) * 100 : 0,
    authority: pick(rng, lists.authorities ?? ['合成机关']),
    violation: pick(rng, lists.reasons ?? ['合成事由']),
    performedOn,
    repairedOn: repairs ? performedOn + whole(rng, 60, 400) : undefined,
    annulledOn: chance(rng, 0.012) ? on + whole(rng, 40, 240) : undefined,
    isSerious: chance(rng, health < -0.5 ? 0.03 : 0.008),
  };
}

/** 行政处罚信息（双公示）. */
export function makePenalties(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return penaltiesOf(enterprise, city).map((penalty): Fact => {
    const { on, performedOn, repairedOn, annulledOn } = penalty;
    const representative = stateOn(enterprise, on).representative;
    const values: Values = {
      decision_no: penalty.decisionNo,
      case_name: `${penalty.violation}一案`,
      violation_type: penalty.violation,
      violation_facts: `经查，当事人${penalty.violation}。本记录为合成数据。`,
      penalty_kind: penalty.kind,
      penalty_kind_second: null,
      penalty_content: penalty.kind === 'fine' ? `罚款${penalty.fine}元（合成）` : '予以处罚（合成）',
      fine: penalty.fine > 0 ? fen(penalty.fine) : null,
      confiscated_amount: penalty.kind === 'confiscation' ? fen(whole(rng, 3, 300) * 100) : null,
      withheld_licence: null,
      decided_on: on,
      effective_from: on,
      public_until: on + (penalty.isSerious ? 1095 : 365),
      penalty_authority: penalty.authority,
      penalty_status: 'unperformed',
      dishonesty_grade: penalty.isSerious ? 'serious' : penalty.fine > 20_000 ? 'general' : 'minor',
      performed_on: null,
      penalised_representative: representative,
      representative_cert_no: identityOf(city, enterprise, representative),
    };
    const later: NonNullable<Fact['later']>[number][] = [
      { on: performedOn, set: { penalty_status: 'performed', performed_on: performedOn } },
    ];
    if (repairedOn !== undefined) later.push({ on: repairedOn, set: { penalty_status: 'repaired' } });
    if (annulledOn !== undefined) later.push({ on: annulledOn, set: 'withdrawn' });
    return { on, values, later: inOrder(later, enterprise, city) };
  });
}

/** 市级行政处罚: the same decisions as the city's departments handle them. */
export function makeCityPenalties(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return penaltiesOf(enterprise, city)
    .filter(() => chance(rng, 0.85))
    .map((penalty): Fact => {
      const { on, performedOn, repairedOn, annulledOn, fine } = penalty;
      const values: Values = {
        decision_no: penalty.decisionNo,
        penalty_decided_on: on,
        case_filed_on: on - whole(rng, 10, 60),
        served_on: null,
        enforcing_department: penalty.authority,
        enforcing_district: enterprise.district.code,
        fine_payment_state: fine > 0 ? 'unpaid' : 'none_imposed',
        fine_paid_on: null,
        surcharge: null,
        rectified: false,
        rectified_on: null,
        contested_state: 'none',
        penalty_repair_status: 'not_repaired',
        repair_decision_no: null,
        repaired_on: null,
        annulled_on: null,
      };
      const paid: Values = fine > 0 ? { fine_payment_state: 'paid', fine_paid_on: performedOn } : {};
      const later: NonNullable<Fact['later']>[number][] = [
        { on: performedOn, set: { ...paid, rectified: true, rectified_on: performedOn } },
      ];
      if (repairedOn !== undefined) {
        const decision = `京合成修〔${yearOf(repairedOn)}〕${penalty.decisionNo.replace(/\D/g, '').slice(-8)}号`;
        later.push({
          on: repairedOn,
          set: { penalty_repair_status: 'repaired', repaired_on: repairedOn, repair_decision_no: decision },
        });
      }
      if (annulledOn !== undefined) {
        later.push({ on: annulledOn, set: { contested_state: 'annulled', annulled_on: annulledOn } });
      }
      return { on, values, later: inOrder(later, enterprise, city) };
    });
}

/** 严重违法失信名单: from the few serious penalties. */
export function makeSeriousViolations(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return penaltiesOf(enterprise, city)
    .filter(({ isSerious }) => isSerious)
    .map((penalty, at): Fact => {
      const on = penalty.on + whole(rng, 20, 60);
      const removedOn = on + 1095;
      const isRemoved = removedOn <= city.until;
      return {
        on,
        values: {
          serious_list_decision_no: `京合成严〔${yearOf(on)}〕${serialOf(enterprise, at + 1)}号`,
          listing_conduct: `${penalty.violation}，情节严重（合成）`,
          basis_penalty_no: penalty.decisionNo,
          basis_penalty_on: penalty.on,
          serious_listed_on: on,
          serious_listing_authority: penalty.authority,
          shown_until: removedOn,
          early_removal_applied_on: null,
          serious_state: isRemoved ? 'removed' : 'listed',
          serious_removed_on: isRemoved ? removedOn : null,
          serious_removal_reason: isRemoved ? '届满移出（合成）' : null,
          removal_order_no: null,
        },
      };
    });
}

/** 各领域严重失信主体名单. */
export function makeSeriousLists(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.0012, pull: 0.8, size: 0.3, afterDefault: 4 });
  return days.map((on): Fact => {
    const removedOn = on + whole(rng, 400, 1095);
    const isRemoved = removedOn <= city.until;
    return {
      on,
      values: {
        named_on: on,
        dishonesty_list: pick(rng, [
          'construction_market',
          'safety_production',
          'government_procurement',
          'statistics',
        ] as const),
        list_other_name: null,
        naming_decision_no: `合成失信认〔${yearOf(on)}〕${serialOf(enterprise, 1)}号`,
        named_facts: '经认定存在严重失信行为（合成）',
        named_until: on + 1095,
        named_state: isRemoved ? 'removed' : 'listed',
        unnamed_on: isRemoved ? removedOn : null,
        unnamed_reason: isRemoved ? '履行义务后移出（合成）' : null,
      },
    };
  });
}
