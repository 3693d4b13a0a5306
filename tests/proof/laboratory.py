"""A laboratory: one bare database with two tables, a few roles, and a superuser who may become any of them."""

from dataclasses import dataclass

import psycopg

from policies.facts.catalog import Catalog

ROLES = """
CREATE ROLE lab_owner; CREATE ROLE lab_group; CREATE ROLE lab_app LOGIN; CREATE ROLE lab_member LOGIN;
CREATE ROLE lab_bypass LOGIN BYPASSRLS; CREATE ROLE lab_heir LOGIN; CREATE ROLE lab_guest LOGIN;
GRANT lab_group TO lab_member; GRANT lab_owner TO lab_heir;
GRANT lab_group, lab_owner TO lab_guest WITH INHERIT FALSE;
"""
TABLES = """
CREATE SCHEMA lab AUTHORIZATION lab_owner;
GRANT USAGE ON SCHEMA lab TO PUBLIC;
SET ROLE lab_owner;
CREATE TABLE lab.notes (id int PRIMARY KEY, tenant_id uuid, code text, size int, open boolean, author varchar(20));
CREATE TABLE lab.links (id int PRIMARY KEY, tenant_id uuid, code text, note int);
GRANT ALL ON lab.notes, lab.links TO lab_app, lab_group, lab_bypass, lab_heir, lab_guest;
CREATE VIEW lab.owned AS SELECT id, tenant_id, code FROM lab.notes WHERE size IS DISTINCT FROM 7;
CREATE VIEW lab.invoked WITH (security_invoker) AS SELECT id, tenant_id FROM lab.notes;
CREATE VIEW lab.joined AS SELECT n.id, l.code FROM lab.notes AS n JOIN lab.links AS l ON l.note = n.id;
CREATE VIEW lab.nested AS SELECT id FROM lab.invoked WHERE tenant_id IS NOT NULL;
CREATE VIEW lab.barred WITH (security_barrier) AS SELECT id, code FROM lab.owned WHERE tenant_id IS NOT NULL;
GRANT SELECT ON lab.owned, lab.invoked, lab.joined, lab.nested, lab.barred
  TO lab_app, lab_group, lab_bypass, lab_heir, lab_guest;
CREATE FUNCTION lab.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = ''
  RETURN NULLIF(pg_catalog.current_setting('lab.tenant', true), '')::pg_catalog.uuid;
CREATE FUNCTION lab.mine(uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = ''
  RETURN $1 = lab.tenant() OR $1 IS NULL AND lab.tenant() IS NULL;
CREATE FUNCTION lab.is_linked(uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT EXISTS (SELECT 1 FROM lab.links WHERE links.tenant_id = $1)';
CREATE FUNCTION lab.same(a text, b text) RETURNS boolean LANGUAGE sql STRICT SET search_path = '' RETURN a = b;
RESET ROLE;
"""

BENCH = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.answers(preparation text[], actor text, settings jsonb, questions jsonb) RETURNS SETOF jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  step text;
  question jsonb;
  found int;
  ids int[];
BEGIN
  FOREACH step IN ARRAY preparation LOOP
    EXECUTE step;
  END LOOP;
  FOR question IN SELECT jsonb_array_elements(questions) LOOP
    ids := '{}';
    BEGIN
      PERFORM set_config('session_authorization', actor, true);
      PERFORM set_config(key, value, true) FROM jsonb_each_text(settings);
      IF question ? 'statement' THEN
        EXECUTE question ->> 'statement';
        RESET SESSION AUTHORIZATION;
      END IF;
      FOR found IN EXECUTE question ->> 'ids' LOOP
        ids := ids || found;
      END LOOP;
      RAISE EXCEPTION 'roll back' USING ERRCODE = 'LAB00';
    EXCEPTION
      WHEN SQLSTATE 'LAB00' THEN
        RETURN NEXT to_jsonb(ids);
      WHEN OTHERS THEN
        RETURN NEXT to_jsonb(SQLSTATE);
    END;
  END LOOP;
END $$
"""
"""Prepares a case and asks each question as the actor, every one undone before the next: one round trip for a case.

An answer is the ids that were found, those of `statement` as the superuser, or the error's code."""


@dataclass(frozen=True)
class Laboratory:
    """The superuser's connection to the laboratory's database, its catalog without any policy, its tables by oid."""

    admin: psycopg.Connection
    catalog: Catalog
    tables: dict[int, str]
