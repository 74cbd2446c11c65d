import { formatReference } from "../../oci/index.ts";
import type { OriginFactory } from "../images.ts";
import type { NodeTasks } from "../session/node-tasks.ts";
import { assignedImage } from "./assigned-image.ts";
import {
  type AssignedOriginDeps,
  createAssignedOrigin,
  createUnassignedOrigin,
} from "./assigned-origin.ts";

/** Finds the assignment of the image that is begun. */
export function createOriginFactory(
  tasks: Pick<NodeTasks, "assigns" | "trackers" | "leases">,
  deps: Omit<AssignedOriginDeps, "trackers" | "lease">,
): OriginFactory {
  function imageNamed(name: string) {
    for (const assign of tasks.assigns.values()) {
      try {
        const image = assignedImage(assign);
        if (formatReference(image.reference) === name) return image;
      } catch {
        // Another assignment that makes no sense is told where it came in.
      }
    }
    return undefined;
  }
  return ({ reference }) => {
    const image = imageNamed(formatReference(reference));
    if (image === undefined) return createUnassignedOrigin(formatReference(reference));
    return createAssignedOrigin(image, {
      ...deps,
      trackers: () => tasks.trackers,
      lease: (digest) => tasks.leases.get(digest),
    });
  };
}
