<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.40.6-Bratislava" styleCategories="Symbology|Labeling" labelsEnabled="0">
  <renderer-v2 type="RuleRenderer" enableorderby="0" forceraster="0" referencescale="-1" symbollevels="0">
    <rules key="{5a0f0a0e-4b7e-4c4c-9d55-6f5b1f0d7c01}">
      <rule filter="&quot;state&quot; IN ('closed', 'repaired')" symbol="0" key="{5a0f0a0e-4b7e-4c4c-9d55-6f5b1f0d7c02}" label="停水中"/>
      <rule filter="&quot;state&quot; IN ('planned', 'approved', 'notified')" symbol="1" key="{5a0f0a0e-4b7e-4c4c-9d55-6f5b1f0d7c03}" label="计划停水"/>
    </rules>
    <symbols>
      <symbol type="line" alpha="0.8" force_rhr="0" name="0" clip_to_extent="1">
        <layer class="SimpleLine" pass="0" locked="0" enabled="1">
          <Option type="Map">
            <Option type="QString" name="capstyle" value="round"/>
            <Option type="QString" name="joinstyle" value="round"/>
            <Option type="QString" name="line_color" value="201,42,42,255"/>
            <Option type="QString" name="line_style" value="solid"/>
            <Option type="QString" name="line_width" value="4"/>
            <Option type="QString" name="line_width_unit" value="Point"/>
          </Option>
        </layer>
      </symbol>
      <symbol type="line" alpha="0.8" force_rhr="0" name="1" clip_to_extent="1">
        <layer class="SimpleLine" pass="0" locked="0" enabled="1">
          <Option type="Map">
            <Option type="QString" name="capstyle" value="flat"/>
            <Option type="QString" name="joinstyle" value="round"/>
            <Option type="QString" name="line_color" value="232,89,12,255"/>
            <Option type="QString" name="line_style" value="dash"/>
            <Option type="QString" name="line_width" value="3"/>
            <Option type="QString" name="line_width_unit" value="Point"/>
          </Option>
        </layer>
      </symbol>
    </symbols>
  </renderer-v2>
</qgis>
