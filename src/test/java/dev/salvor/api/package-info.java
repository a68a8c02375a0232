/** The resources: their schemas, their JSON, and the pages made from them. */
@NullMarked
package dev.salvor.api;

import org.jspecify.annotations.NullMarked;
