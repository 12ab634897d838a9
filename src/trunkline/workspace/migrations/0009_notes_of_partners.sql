-- Whose people a note is by: a partner's, or with null the operator's own staff.
alter table staff_note add column partner uuid;
-- Row-level security watches the owner of the table, too, who changes rows here only.
alter table staff_note no force row level security;
update staff_note n set partner = p.partner from principal p where p.id = n.author;
alter table staff_note force row level security;

-- Partners read what their own people have written; what the staff notes is not for them, about
-- records that belong to nobody neither. Others read every note about kinds that they read wholly,
-- and staff within its limits, as before.
drop policy about on staff_note;
create policy about on staff_note to trunkline_scoped
  using (exists (select 1 from record r where r.id = staff_note.record)
    and ((coalesce(current_setting('trunkline.partner', true), '') = ''
        and type = any((select kinds_read())::text[]))
      or coalesce(current_setting('trunkline.limits', true), '') <> ''
      or partner = nullif(current_setting('trunkline.partner', true), '')::uuid));
