-- The example service's schema, run by its owner after the instance's bootstrap.
CREATE TABLE shop.countries (code char(2) NOT NULL PRIMARY KEY, name text);

CREATE TABLE shop.orders (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant_id uuid NOT NULL,
  number integer,
  total integer NOT NULL DEFAULT 1 CHECK (total >= 0),
  country char(2) DEFAULT 'DE',
  note text,
  placed_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id)
);
CREATE TABLE shop.order_lines (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant_id uuid NOT NULL,
  order_id uuid NOT NULL,
  CONSTRAINT order_lines_order_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES shop.orders (tenant_id, id)
);
CREATE INDEX order_lines_order ON shop.order_lines (tenant_id, order_id);
CREATE TABLE shop.notes (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant_id uuid NOT NULL,
  body text,
  UNIQUE (tenant_id, id)
);
CREATE TABLE shop.journal (
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  entry text
);
CREATE INDEX journal_tenant ON shop.journal (tenant_id, at);
CREATE TABLE shop.events (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant_id uuid NOT NULL,
  status text,
  starts_at timestamptz
);
CREATE INDEX idx_events_tenant_id ON shop.events (tenant_id);
CREATE INDEX idx_events_status ON shop.events (status) WHERE status = 'PUBLISHED';
CREATE INDEX idx_events_starts_at ON shop.events (starts_at);
CREATE INDEX idx_events_tenant_status ON shop.events (tenant_id, status);

ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.order_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON shop.orders
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY tenant_isolation ON shop.order_lines
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY tenant_isolation ON shop.notes
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY tenant_isolation ON shop.journal
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY tenant_isolation ON shop.events
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));

CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE FUNCTION shop.count_orders(uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
  AS 'SELECT count(*) FROM shop.orders WHERE orders.id = $1';
GRANT EXECUTE ON FUNCTION shop.count_orders(uuid) TO shop_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON shop.orders, shop.order_lines, shop.notes, shop.journal, shop.events TO shop_app;
GRANT SELECT ON shop.orders, shop.order_lines, shop.notes, shop.journal, shop.events TO shop_readonly;
GRANT SELECT ON shop.countries TO shop_app, shop_readonly;
