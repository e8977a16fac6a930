import type { Contract } from '#lists';
import type { Coverage, Definitions } from '../model/definitions.ts';
import type { FactMaker } from './fact.ts';
import {
  makeBankruptcies,
  makeDebtEvasions,
  makeEquityPledges,
  makeFirstLoans,
  makeProcurements,
  makeSubsidies,
} from './finance.ts';
import { makeFromCoverage } from './generic.ts';
import {
  makeHighTech,
  makeHighTechRecords,
  makeHonours,
  makePatents,
  makeSrdi,
  makeTrademarks,
} from './innovation.ts';
import { makeCityLicences, makeLicences, makeSpotChecks } from './licences.ts';
import {
  makeAbnormalListings,
  makeDishonestDebtors,
  makeInsuranceArrears,
  makeTaxArrears,
  makeTaxViolations,
  makeWageArrears,
} from './listings.ts';
import {
  makeElectricity,
  makeHousingFund,
  makeInsurance,
  makeInvoices,
  makeInvoiceSummaries,
  makeTaxDeclarations,
} from './monthly.ts';
import { makeCityPenalties, makePenalties, makeSeriousLists, makeSeriousViolations } from './penalties.ts';
import {
  makeCityRegistration,
  makePersonnel,
  makeRegistration,
  makeRegistrationChanges,
  makeShareholders,
} from './registration.ts';
import { makeAnnualReports, makePublicGrades, makeStatements, makeTaxpayersA } from './reports.ts';

/** Datasets that are told by hand, so that one fact is the same wherever it stands; by number of the contract. */
const MAKERS: Readonly<Record<string, FactMaker>> = {
  n01: makeRegistration,
  n02: makePersonnel,
  n03: makeShareholders,
  n04: makeRegistrationChanges,
  n05: makeAbnormalListings,
  n06: makeSeriousViolations,
  n07: makeLicences,
  n08: makePenalties,
  n11: makeDishonestDebtors,
  n12: makeTaxpayersA,
  n13: makeTaxViolations,
  n14: makeTaxDeclarations,
  n15: makeTaxArrears,
  n16: makeInvoiceSummaries,
  n17: makeInsurance,
  n20: makePatents,
  n21: makeTrademarks,
  n24: makeEquityPledges,
  n27: makeHonours,
  n30: makeSeriousLists,
  n31: makePublicGrades,
  n32: makeWageArrears,
  n33: makeInsuranceArrears,
  n35: makeAnnualReports,
  b01: makeCityRegistration,
  b02: makeCityLicences,
  b03: makeCityPenalties,
  b05: makeSpotChecks,
  b08: makeHousingFund,
  b10: makeElectricity,
  b17: makeSrdi,
  b18: makeHighTech,
  b21: makeProcurements,
  b24: makeSubsidies,
  b25: makeFirstLoans,
  b45: makeDebtEvasions,
  b47: makeBankruptcies,
  v02: makeStatements,
  v22: makeInvoices,
};

/** A dataset that a city added and nobody described: a few enterprises have it. */
const UNDESCRIBED: Coverage = { share: 0.05, years: 3 };

/** `n01` of `n01_registration`. */
export function numberOf(contract: Contract): string {
  return contract.id.slice(0, 3);
}

/** How the records of a contract are made: by hand, else from its line of coverage. */
export function makerFor(contract: Contract, { coverage }: Definitions): FactMaker {
  const number = numberOf(contract);
  const fromCoverage = makeFromCoverage(coverage[number] ?? UNDESCRIBED);
  if (number === 'n34')
    return (...about) => [...makeHighTechRecords(about[0], about[1]), ...fromCoverage(...about)];
  return MAKERS[number] ?? fromCoverage;
}
