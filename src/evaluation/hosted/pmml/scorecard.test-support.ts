/** A PMML file around characteristics; fields as `DataField` and `MiningField` elements. */
export function pmmlOf(parts: {
  readonly dictionary: string;
  readonly schema: string;
  readonly characteristics: string;
  readonly attributes?: string;
  readonly more?: string;
}): Uint8Array {
  const { dictionary, schema, characteristics, more = '' } = parts;
  const attributes =
    parts.attributes ?? 'reasonCodeAlgorithm="pointsBelow" initialScore="0" baselineMethod="other"';
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
  <Header copyright="test"><Annotation>made for a test</Annotation></Header>
  <DataDictionary>${dictionary}</DataDictionary>
  <Scorecard modelName="test" functionName="regression" ${attributes}>
    <MiningSchema>${schema}</MiningSchema>${more}
    <Characteristics>${characteristics}</Characteristics>
  </Scorecard>
</PMML>`);
}

/** The facts of the example in the Scorecard chapter of the DMG's standard: department, age and income. */
export const DEPARTMENT_CARD = pmmlOf({
  dictionary: `
    <DataField name="department" dataType="string" optype="categorical"/>
    <DataField name="age" dataType="integer" optype="continuous"/>
    <DataField name="income" dataType="double" optype="continuous"/>
    <DataField name="overallScore" dataType="double" optype="continuous"/>`,
  schema: `
    <MiningField name="department" usageType="active" invalidValueTreatment="asMissing"/>
    <MiningField name="age" usageType="active" invalidValueTreatment="asMissing"/>
    <MiningField name="income" usageType="active" invalidValueTreatment="asMissing"/>
    <MiningField name="overallScore" usageType="predicted"/>`,
  more: `<Output>
    <OutputField name="Final Score" feature="predictedValue" dataType="double" optype="continuous"/>
    <OutputField name="Reason Code 1" rank="1" feature="reasonCode" dataType="string" optype="categorical"/>
  </Output>`,
  characteristics: `
    <Characteristic name="departmentScore" reasonCode="RC1" baselineScore="19">
      <Attribute partialScore="-9"><SimplePredicate field="department" operator="isMissing"/></Attribute>
      <Attribute partialScore="19"><SimplePredicate field="department" operator="equal" value="marketing"/></Attribute>
      <Attribute partialScore="3"><SimplePredicate field="department" operator="equal" value="engineering"/></Attribute>
      <Attribute partialScore="6"><SimplePredicate field="department" operator="equal" value="business"/></Attribute>
    </Characteristic>
    <Characteristic name="ageScore" reasonCode="RC2" baselineScore="18">
      <Attribute partialScore="-1"><SimplePredicate field="age" operator="isMissing"/></Attribute>
      <Attribute partialScore="-3"><SimplePredicate field="age" operator="lessOrEqual" value="18"/></Attribute>
      <Attribute partialScore="0"><CompoundPredicate booleanOperator="and">
        <SimplePredicate field="age" operator="greaterThan" value="18"/>
        <SimplePredicate field="age" operator="lessOrEqual" value="29"/></CompoundPredicate></Attribute>
      <Attribute partialScore="12"><CompoundPredicate booleanOperator="and">
        <SimplePredicate field="age" operator="greaterThan" value="29"/>
        <SimplePredicate field="age" operator="lessOrEqual" value="39"/></CompoundPredicate></Attribute>
      <Attribute partialScore="18"><SimplePredicate field="age" operator="greaterThan" value="39"/></Attribute>
    </Characteristic>
    <Characteristic name="incomeScore" reasonCode="RC3" baselineScore="10">
      <Attribute partialScore="5"><SimplePredicate field="income" operator="isMissing"/></Attribute>
      <Attribute partialScore="26"><SimplePredicate field="income" operator="lessOrEqual" value="1000"/></Attribute>
      <Attribute partialScore="5"><CompoundPredicate booleanOperator="and">
        <SimplePredicate field="income" operator="greaterThan" value="1000"/>
        <SimplePredicate field="income" operator="lessOrEqual" value="2500"/></CompoundPredicate></Attribute>
      <Attribute partialScore="-3"><SimplePredicate field="income" operator="greaterThan" value="2500"/></Attribute>
    </Characteristic>`,
});

const CONTINUOUS = '<DataField name="x" dataType="double" optype="continuous"/>';

/** One field `x` under one characteristic, whose attributes are given. */
export function oneField(
  attributes: string,
  { dictionary = CONTINUOUS, schema = '<MiningField name="x"/>' } = {},
): Uint8Array {
  const characteristics = `<Characteristic reasonCode="RX" baselineScore="0">${attributes}</Characteristic>`;
  return pmmlOf({ dictionary, schema, characteristics });
}
