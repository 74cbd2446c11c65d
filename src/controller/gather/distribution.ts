import {
  type Condition,
  type ImageDistributionStatus,
  LONGEST_REFRESH,
  REFRESH_ANNOTATION,
} from "../../api/index.ts";
import type { Distribution } from "../decide/world.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";
import { parseSpec } from "./parse-spec.ts";
import { recordAt } from "./read.ts";

const MOST_PROBLEMS = 5;

/** An ImageDistribution as it is decided about; one that cannot be used says why, and does no harm to others. */
export function distributionOf(object: KubeObject): Distribution {
  const { metadata } = object;
  const { spec, problems } = parseSpec(object["spec"] ?? {});
  const refresh = metadata.annotations?.[REFRESH_ANNOTATION];
  return {
    key: distributionKey(object),
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    isDeleted: metadata.deletionTimestamp !== undefined,
    spec,
    problem: problems.length === 0 ? undefined : problems.slice(0, MOST_PROBLEMS).join("; "),
    refresh: refresh?.slice(0, LONGEST_REFRESH),
  };
}

/** namespace/name/uid: another object of the same name is another distribution. */
export const distributionKey = ({ metadata: { namespace = "", name, uid } }: KubeObject): string =>
  `${namespace}/${name}/${uid}`;

/** The status as it stands; of what somebody else wrote into it, as much as can be read. */
export function statusIn(object: KubeObject): ImageDistributionStatus {
  const status = recordAt(object, "status");
  const { conditions } = status;
  if (conditions === undefined) return status;
  return Array.isArray(conditions) ? { ...status, conditions: conditions.filter(isCondition) } : {};
}

const isCondition = (value: unknown): value is Condition =>
  ["type", "status", "reason", "message", "lastTransitionTime"].every(
    (field) => isRecord(value) && typeof value[field] === "string",
  );
