export type * from "./api.js";
export { Client, type CallOptions, type ClientOptions } from "./client.js";
export * from "./frame.js";
export { type Problem, ProblemError, problemOf } from "./problem.js";
export type { StreamEvent, SubscribeOptions } from "./subscribe.js";
