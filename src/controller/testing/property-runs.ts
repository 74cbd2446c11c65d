/** How often a property is tried: 200 times beside the code, more where PROPERTY_RUNS says so. */
export const propertyRuns = Number(process.env["PROPERTY_RUNS"] ?? 200);
