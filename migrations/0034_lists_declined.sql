-- A positive record may be declined by its enterprise: nobody else then reads it.
alter table lists.marks drop constraint marks_mark_check;
alter table lists.marks add constraint marks_mark_check
  check (mark in ('disputed', 'withheld', 'repaired', 'annulled', 'declined'));
