-- Values that an objection holds stand sealed under the enterprise's data key. What was written in clear before is sealed by the
-- first run of follow_objections, which leaves the columns of old empty.
alter table rights.objection_items
  alter column fields drop not null,
  -- [{field, oldValue, claimedValue}]
  add column fields_sealed text,
  -- [{field, oldValue, newValue}]
  add column corrected_fields_sealed text,
  add constraint objection_items_values_once check (
    (fields is null or fields_sealed is null) and (corrected_fields is null or corrected_fields_sealed is null));
create index objection_items_in_clear on rights.objection_items (enterprise_id, objection_id, item_no)
  where fields is not null or corrected_fields is not null;

alter table rights.objection_steps
  add column fields_sealed text,
  add constraint objection_steps_values_once check (fields is null or fields_sealed is null);
create index objection_steps_in_clear on rights.objection_steps (enterprise_id, objection_id, step_no)
  where fields is not null;
