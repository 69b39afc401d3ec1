// The schema of a dashboard as Grafana publishes it, for JSON: a file has the text of an enum's member, not the member.
import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig, Options as TimeSeries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Written<T> = 0 extends 1 & T ? T : T extends string ? `${T}` : T extends object ? { [Name in keyof T]: Written<T[Name]> } : T;

// A panel's options depend on its type. What an option has by default can be left out.
type PanelOf<Type extends string, Options, Field = Record<string, never>> =
  Omit<Panel<Partial<Options>, Field>, 'type' | 'options'> & { type: Type; options: Partial<Options> };

type AnyPanel = PanelOf<'stat', Stat> | PanelOf<'timeseries', TimeSeries, FieldConfig> | RowPanel;

export type DashboardFile = Written<Omit<Dashboard, 'panels'> & { panels: AnyPanel[] }>;
