package dev.salvor.defects;

/**
 * One damage.
 *
 * @param name as SAFETY.md and the table call it
 * @param breaks what is done
 * @param expected the only outcome that counts as refused
 * @param planting does it, on a scene of its own
 */
record PlantedDefect(String name, String breaks, Outcome expected, Planting planting) {
  /** Plants a defect, lets the worker meet it, and says what came of it. */
  interface Planting {
    Outcome plant() throws Exception;
  }

  /** Done on a scene with its own database and an empty store. */
  static Planting fresh(OnScene what) {
    return () -> {
      try (var scene = Scene.fresh()) {
        return what.plant(scene);
      }
    };
  }

  /** Done on a scene whose store holds one good recovery point. */
  static Planting backedUp(OnScene what) {
    return () -> {
      try (var scene = Scene.backedUp()) {
        return what.plant(scene);
      }
    };
  }

  /** A planting that is given its scene. */
  interface OnScene {
    Outcome plant(Scene scene) throws Exception;
  }
}
