-- What a file is for, a code of the operator's, and which version of its name on the record.
alter table staff_file add column file_type text collate "C";
alter table staff_file add column version integer not null default 1;
