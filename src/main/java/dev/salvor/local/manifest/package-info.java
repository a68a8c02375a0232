/**
 * Reads manifests from a folder and checks them with the schemas that a cluster gets: structure,
 * unknown fields, defaults, rules. What one host refuses the other refuses too, with the same path
 * and message; a test holds both to one corpus.
 */
@NullMarked
package dev.salvor.local.manifest;

import org.jspecify.annotations.NullMarked;
