// Loaded in the head and blocking, so that the first paint already has the right theme.
import { applyStoredTheme } from "./theme";

applyStoredTheme();
