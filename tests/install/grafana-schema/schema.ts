// The schema of a dashboard as Grafana publishes it, for JSON: a file has the text of an enum's member, not the member.
import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig, Options as TimeSeries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Written<T> = 0 extends 1 & T ? T : T extends string ? `${T}` : T extends object ? { [Name in keyof T]: Written<T[Name]> } : T;

// A panel's options depend on its type. What an option has by default can be left out.
type PanelOf<Type extends string, Options, Field = Record<string, never>> =
  Omit<Panel<Partial<Options>, Field>, 'type' | 'options'> & { type: Type; options: Partial<Options> };

// Grafana publishes no schema of these two: see public/app/plugins/panel/alertlist/types.ts, and the options of
// annotations in its data source of Prometheus.
type AlertList = {
  alertName: string; alertInstanceLabelFilter: string; datasource: string; dashboardAlerts: boolean; groupBy: string[];
  groupMode: 'default' | 'custom'; maxItems: number; sortOrder: 1 | 2 | 3 | 4 | 5; viewMode: 'list' | 'stat';
  stateFilter: { error: boolean; firing: boolean; noData: boolean; normal: boolean; pending: boolean };
};
type PrometheusAnnotation = { expr: string; step: string; titleFormat: string; textFormat: string; tagKeys: string };
type Annotation = NonNullable<NonNullable<Dashboard['annotations']>['list']>[number] & PrometheusAnnotation;

type AnyPanel = PanelOf<'stat', Stat> | PanelOf<'timeseries', TimeSeries, FieldConfig> | PanelOf<'alertlist', AlertList>;
type Row = Omit<RowPanel, 'panels'> & { panels: AnyPanel[] };

export type DashboardFile = Written<Omit<Dashboard, 'panels' | 'annotations'> & { panels: (AnyPanel | Row)[]; annotations: { list: Annotation[] } }>;
