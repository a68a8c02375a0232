/** Manifests: what is accepted, refused, and never shown. */
@NullMarked
package dev.salvor.local.manifest;

import org.jspecify.annotations.NullMarked;
