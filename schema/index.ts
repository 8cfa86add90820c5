export { descriptionSchema } from "./description-schema.ts";
export { nodeSchemas } from "./node-schemas.ts";
export { outputSchemas } from "./report-schema.ts";
export { validateDescription } from "./validate-description.ts";
export { validateTree } from "./validate-tree.ts";
