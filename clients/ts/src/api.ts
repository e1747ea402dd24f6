/** The bodies of the HTTP API (docs/http.md). */

export interface Request {
  eventName: string;
  eventData: Record<string, unknown>;
  selected_widgets?: string[];
}

export interface Accepted {
  request_id: string;
  routing_key: string;
  status: string;
  links?: Record<string, string>;
}

export type RequestStatus =
  | "queued"
  | "running"
  | "complete"
  | "failed"
  | "cancelled"
  | "superseded"
  | "expired"
  | "gone";

export interface RequestState {
  request_id: string;
  routing_key: string;
  event: string;
  page: string;
  status: RequestStatus;
  submitted_at: string;
  widgets: Record<string, { status: string; at?: string; id?: string }>;
  complete?: unknown;
}

export interface Buffer {
  status: string;
  total: number;
  processed: number;
  widgets: Record<string, unknown>;
}

export interface PageSummary {
  id: string;
  product?: string;
  event?: string;
  title: string;
  description?: string;
  custom?: boolean;
  widgets?: number;
  tags?: string[];
}

export interface MeasureInfo {
  name: string;
  label: string;
  unit?: string;
  description?: string;
  down_is_good?: boolean;
}

export interface DimensionInfo {
  name: string;
  label: string;
  type?: string;
}

export interface WidgetInfo {
  id: string;
  event?: string;
  kind: string;
  title: string;
  description?: string;
  dataset?: string;
  grain?: string;
  compare?: string;
  measures?: MeasureInfo[];
  dimensions?: DimensionInfo[];
  sortable?: string[];
  page_size?: number;
}

export interface FilterInfo {
  name: string;
  label: string;
  type: string;
  operators?: string[];
  /** Where its values are listed; without it they are typed in. */
  values?: string;
}

export interface ParameterInfo {
  name: string;
  label?: string;
  type?: string;
  required?: boolean;
  description?: string;
  /** Where the values of a required one are found. */
  values?: string;
}

export interface PageInfo {
  id: string;
  product?: string;
  event?: string;
  title: string;
  description?: string;
  custom?: boolean;
  request: Request;
  parameters?: ParameterInfo[];
  time?: { zone?: string; example?: { start_date: string; end_date: string } };
  filters?: FilterInfo[];
  widgets: WidgetInfo[];
}

export interface MemberValue {
  value: string | number | boolean | null;
  label?: string;
  count?: number;
}

export interface MemberValues {
  values: MemberValue[];
  truncated?: boolean;
}

export interface Session {
  tenant?: string;
  subject?: string;
  expires_at?: string | null;
  roles?: string[];
  /** No authentication is configured: the caller says itself which tenant it is. */
  trusted?: boolean;
}
