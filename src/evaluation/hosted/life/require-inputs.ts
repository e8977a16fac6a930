import { mayEnterModels } from '#consent';
import type { Contract, Field } from '#lists';
import { type FinancingPurpose, type InstitutionType, type PolicySet, refuseOnGround } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedManifest } from '../manifest.ts';
import { indicatorInputs } from './indicator-inputs.ts';
import { requireReleased } from './require-released.ts';

/**
 * Asks the policy field by field: would a machine of this institution, with everything in order and a consent that covers it, see the
 * field for each declared purpose, or else compare it, for a purpose under which it may enter a model? What the policy
 * refuses whoever asks (an institution of this type for this purpose) is refused with its ground.
 */
export function requirePermittedInputs(
  context: Pick<HostedContext, 'book' | 'policies'>,
  manifest: HostedManifest,
  institutionType: InstitutionType,
): void {
  for (const input of indicatorInputs(context, manifest))
    for (const { contract, fields } of input.sources)
      for (const field of contract.fields.filter((one) => fields.includes(one.name)))
        for (const purpose of manifest.purposes) {
          const asked = { contract, field, purpose, institutionType };
          const usage = usageAtBest(context.policies, asked);
          if (usage === 'invisible') requireReleased(context.book, manifest, input);
          if (typeof usage === 'string') continue;
          if (usage.ground === 'purpose_of_institution') throw refuseOnGround(context.policies, usage.ground);
          const place = { contract: contract.id, field: field.name, purpose };
          throw hostedRefusal('hosted.input_not_permitted', { input: input.name, ...place });
        }
}

type AskedField = {
  readonly contract: Contract;
  readonly field: Field;
  readonly purpose: FinancingPurpose;
  readonly institutionType: InstitutionType;
};

function usageAtBest(
  policies: PolicySet,
  { contract, field, purpose, institutionType }: AskedField,
): 'visible' | 'invisible' | { readonly ground: string | undefined } {
  const ask = (action: 'read' | 'verify') =>
    policies.ask({
      kind: 'institution',
      roles: ['machine'],
      action,
      resource: { type: 'Field', disclosure: field.disclosure, grade: field.grade, list: contract.list },
      context: atBest(purpose, institutionType),
    });
  const read = ask('read');
  if (read.isAllowed) return 'visible';
  return mayEnterModels(purpose) && ask('verify').isAllowed ? 'invisible' : { ground: read.ground };
}

/** All that an institution of this type can ever have: admitted, directly, under a live consent that covers the field. */
function atBest(purpose: string, institutionType: InstitutionType) {
  return {
    purpose,
    ownRecord: false,
    ownContract: false,
    population: false,
    financing: {
      institutionType,
      institution: 'admitted',
      viaPlatform: false,
      platform: 'none',
      agreement: true,
      consent: 'active',
      consentParty: true,
      consentPurpose: true,
      consentRoute: true,
      inScope: true,
    },
  } as const;
}
